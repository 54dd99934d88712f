insert into etl_backfill_windows (backfill_id, since, until)
select %(backfill_id)s, since, until
from unnest(%(sinces)s::timestamptz[], %(untils)s::timestamptz[]) as w (since, until)
on conflict do nothing
