select key, kind, state, result, code, execution_id, attempts, started_at, finished_at
from ops.effects
where position(%(ticket_id)s in key) > 0
order by started_at, key
