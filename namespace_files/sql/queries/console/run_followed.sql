-- The runs that a run followed, by the executions or names that it gave.
select run_id, flow, run_name, status, started_at from etl_runs
where (execution_id = any(%(parents)s) or run_name = any(%(parents)s)) and run_id <> %(run_id)s
order by started_at desc, run_id desc limit 20
