-- What failed is read again by a run that goes on.
update etl_backfill_windows
set state = 'waiting', code = null, passes = false
where backfill_id = %(backfill_id)s and state = 'failed'
