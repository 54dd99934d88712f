-- Under the window's lock: whether it is still open, and one more reading on its account.
update etl_backfill_windows w
set readings = w.readings + 1, started_at = clock_timestamp(), finished_at = null
where backfill_id = %(backfill_id)s and since = %(since)s and state in ('waiting', 'loaded')
returning since, until, state, readings, load_id, checksum, changed
