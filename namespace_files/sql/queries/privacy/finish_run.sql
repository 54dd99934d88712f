update tickets.privacy_runs set finished_at = clock_timestamp(), counts = counts || %(counts)s
where run_id = %(run_id)s and finished_at is null
