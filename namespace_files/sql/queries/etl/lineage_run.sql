update etl_runs
set release = %(release)s, parents = %(parents)s
where run_id = %(run_id)s
returning run_id, flow, run_label, run_name, execution_id, dry_run, status, started_at
