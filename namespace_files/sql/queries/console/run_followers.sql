-- The runs that followed a run.
select run_id, flow, run_name, status, started_at from etl_runs
where (parents @> to_jsonb(%(execution_id)s::text) or parents @> to_jsonb(%(run_name)s::text)) and run_id <> %(run_id)s
order by started_at desc, run_id desc limit 20
