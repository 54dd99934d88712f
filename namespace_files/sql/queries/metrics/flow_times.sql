-- How long executions of the last hour waited and ran.
select namespace, flow_id, percentile_cont(0.5) within group (order by run_s) as flow_run_seconds_p50,
       percentile_cont(0.95) within group (order by run_s) as flow_run_seconds_p95,
       percentile_cont(0.95) within group (order by queued_s) as flow_queue_seconds_p95,
       max(queued_s) as flow_queue_seconds_max
from ops.flow_runs
where created_at > now() - interval '1 hour'
group by namespace, flow_id
