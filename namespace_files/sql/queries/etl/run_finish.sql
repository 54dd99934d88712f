update etl_runs
set status = %(status)s, total_rows = %(total_rows)s, expected_rows = %(expected_rows)s, ratio = %(ratio)s,
    num_chunks = %(num_chunks)s, duration_ms = %(duration_ms)s, outcome = %(outcome)s, finished_at = clock_timestamp()
where run_id = %(run_id)s
