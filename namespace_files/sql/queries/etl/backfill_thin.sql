update etl_backfill_windows
set state = 'thin', code = 'thin'
where backfill_id = %(backfill_id)s and since = any (%(sinces)s::timestamptz[]) and state = 'proven'
