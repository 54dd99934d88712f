-- Executions that have no end yet.
select case when started_at is null then 'queued' else 'running' end as phase, count(*) as flow_runs_open,
       extract(epoch from now() - min(created_at)) as flow_runs_open_oldest_seconds
from ops.flow_runs
where ended_at is null
group by 1
