-- The newest troubles that people were told of; see docs/alerts.md.
select alert_id, event as kind, lower(level) as level, title as message, null::bigint as run_id, flow_id as flow,
       '' as run_label, execution_id as run_name, fired_at as created_at, 'operations' as source
from ops.alerts where not test
order by fired_at desc, alert_id desc
limit %(most)s
