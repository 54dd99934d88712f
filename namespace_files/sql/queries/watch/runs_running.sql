select namespace, flow_id, trigger, execution_id, state, created_at, started_at, idle_s, sla_s
from ops.flow_runs
where ended_at is null and execution_id <> %(own)s
