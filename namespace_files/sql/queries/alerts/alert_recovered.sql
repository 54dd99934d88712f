-- A run that ended well after the last failure, of the same data where the failure names a day.
select distinct on (a.alert_id) a.alert_id, r.execution_id
from ops.alerts as a
join ops.flow_runs as r
    on r.namespace = a.namespace and r.flow_id = a.flow_id and r.state = 'SUCCESS' and r.ended_at > a.seen_at
where a.state = 'firing' and a.recovers = 'success' and not a.test and a.flow_id <> ''
  and (a.data_date is null or r.data_date = a.data_date)
  -- A run that was too slow is no recovery from having been too slow.
  and (a.event <> 'sla_missed' or coalesce(r.labels ->> 'sla', '') <> 'missed')
order by a.alert_id, r.ended_at
