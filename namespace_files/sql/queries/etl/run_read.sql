select * from etl_runs where run_id = %(run_id)s
