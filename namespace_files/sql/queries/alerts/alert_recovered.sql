-- A run that ended well after the last failure did, of the same data where the failure names a day.
select a.alert_id, r.execution_id
from ops.alerts as a
left join ops.flow_runs as f on f.execution_id = a.execution_id
cross join lateral (
    select g.execution_id
    from ops.flow_runs as g
    where g.namespace = a.namespace and g.flow_id = a.flow_id and g.state = 'SUCCESS'
      and g.ended_at > coalesce(f.ended_at, a.seen_at)
      -- No run takes a day: so only the latest ones are looked at.
      and g.created_at > coalesce(f.ended_at, a.seen_at) - interval '1 day'
      and (a.data_date is null or g.data_date = a.data_date)
      -- A run that was too slow is no recovery from having been too slow.
      and (a.event <> 'sla_missed' or coalesce(g.labels ->> 'sla', '') <> 'missed')
    order by g.created_at desc
    limit 1
) as r
where a.state = 'firing' and a.recovers = 'success' and not a.test and a.flow_id <> ''
  -- What came back once is over when it stays away: of a flow that often runs, some runs fail and others do not.
  and (
      a.seen_at <= clock_timestamp() - make_interval(mins => %(minutes)s)
      or not exists (select 1 from ops.alert_deliveries as d where d.alert_id = a.alert_id and d.change = 'again')
  )
union all
-- A test has nobody who would end it.
select a.alert_id, ''
from ops.alerts as a
where a.state = 'firing' and a.test and a.seen_at <= clock_timestamp() - make_interval(mins => %(minutes)s)
union all
-- Somebody looked after it, and days have passed: a run that was started with a wrong day has no good one to follow.
select a.alert_id, 'silence'
from ops.alerts as a
where a.state = 'firing' and a.recovers = 'success' and not a.test
  and greatest(a.seen_at, a.acknowledged_at) <= clock_timestamp() - make_interval(hours => %(silent_hours)s)
  and a.acknowledged_at is not null
order by alert_id
