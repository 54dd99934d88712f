-- A run that was refused or skipped has said so itself, and is left as it is.
update etl_runs
set status = 'failed', outcome = %(outcome)s, finished_at = clock_timestamp()
where flow = %(flow)s and run_name = %(run_name)s and execution_id = %(execution_id)s and status = 'running'
returning run_id
