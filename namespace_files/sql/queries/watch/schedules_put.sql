insert into ops.flow_schedules as kept (
    namespace, flow_id, trigger_id, cron, timezone, disabled, next_at, grace_s, sla_s, since
)
select namespace, flow_id, trigger_id, cron, timezone, disabled, next_at, grace_s, sla_s, %(now)s
from jsonb_to_recordset(%(rows)s) as new (
    namespace text, flow_id text, trigger_id text, cron text, timezone text, disabled boolean, next_at timestamptz,
    grace_s double precision, sla_s double precision
)
on conflict (namespace, flow_id, trigger_id) do update
set cron = excluded.cron, timezone = excluded.timezone, disabled = excluded.disabled,
    grace_s = excluded.grace_s, sla_s = excluded.sla_s, seen_at = clock_timestamp(),
    since = case
        when (kept.cron, kept.timezone, kept.disabled) is distinct from (excluded.cron, excluded.timezone, excluded.disabled)
        then excluded.since else kept.since
    end
