update ops.maintenance_runs set state = 'done', report = %(report)s, finished_at = clock_timestamp()
where run_id = %(run_id)s
