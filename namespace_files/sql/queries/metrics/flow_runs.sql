-- Executions of the last 24 hours by flow and state.
select namespace, flow_id, state, count(*) as flow_runs_24h
from ops.flow_runs
where created_at > now() - interval '24 hours'
group by namespace, flow_id, state
order by 4 desc
