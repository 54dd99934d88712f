-- How late the run is that each schedule owes; 0 while it owes none.
select namespace, flow_id, max(greatest(0, extract(epoch from now() - next_at) - grace_s)) as flow_overdue_seconds,
       min(extract(epoch from now() - last_at)) as flow_last_run_age_seconds
from ops.flow_schedules
where not disabled
group by namespace, flow_id
