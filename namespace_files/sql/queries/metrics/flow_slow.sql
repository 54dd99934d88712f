-- Executions that took, or are taking, longer than their flow may: begun in the last 24 hours, and beyond it since the last
-- hour. Those that wait for a person do not, and time in which a run stood still does not count.
select namespace, flow_id, count(*) as flow_sla_missed_24h,
       count(*) filter (where started_at + make_interval(secs => sla_s + idle_s) > now() - interval '1 hour')
           as flow_sla_missed_1h
from ops.flow_runs
where created_at > now() - interval '24 hours' and sla_s is not null
  and coalesce(run_s, case when state <> 'PAUSED' then extract(epoch from now() - started_at) - idle_s end) > sla_s
group by namespace, flow_id
