-- One run, whole.
select run_id, flow, run_label, run_name, execution_id, release, dry_run, parents, params, status, total_rows,
       expected_rows, ratio::double precision as ratio, num_chunks, duration_ms, outcome, started_at, finished_at
from etl_runs where run_id = %(run_id)s
