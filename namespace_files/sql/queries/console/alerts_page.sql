select alert_id, level, event, namespace, flow_id, data_date, error_class, title, message, count, state, test, runbook,
       execution_id, fired_at, seen_at, resolved_at, acknowledged_at, acknowledged_by, escalated_at,
       case when snoozed_until > clock_timestamp() then snoozed_until end as snoozed_until
from ops.alerts
where (%(state)s::text is null or state = %(state)s)
  and (%(level)s::text is null or level = %(level)s)
  and (%(flow)s::text is null or position(%(flow)s in flow_id) > 0)
  and (%(after_at)s::timestamptz is null or (fired_at, alert_id) < (%(after_at)s, %(after_id)s::bigint))
order by fired_at desc, alert_id desc
limit %(most)s
