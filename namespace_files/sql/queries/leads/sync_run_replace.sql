-- A full run takes the place of one that was not finished.
update leads.sync_runs set state = 'replaced', finished_at = clock_timestamp() where run_id = %(run_id)s
