select since, until, state, code, passes, readings, load_id, rows, bad, inserted, updated,
       extract(epoch from finished_at - started_at)::float8 as seconds
from etl_backfill_windows
where backfill_id = %(backfill_id)s
order by since
