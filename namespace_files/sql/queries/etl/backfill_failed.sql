update etl_backfill_windows
set state = 'failed', code = %(code)s, passes = %(passes)s, finished_at = clock_timestamp()
where backfill_id = %(backfill_id)s and since = %(since)s
