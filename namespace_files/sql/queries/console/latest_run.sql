-- The run that ended last with figures, rehearsals included.
select run_id, flow, run_label, run_name, execution_id, status, dry_run, total_rows, expected_rows,
       ratio::double precision as ratio, num_chunks, duration_ms, outcome ->> 'code' as code, started_at, finished_at,
       extract(epoch from clock_timestamp() - finished_at)::double precision as age_s
from etl_runs
where finished_at is not null and total_rows is not null and expected_rows is not null
order by finished_at desc, run_id desc
limit 1
