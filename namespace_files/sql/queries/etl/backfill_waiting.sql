-- Windows that are to be read: first all that never were, then those that are to be proven.
select since, until
from etl_backfill_windows
where backfill_id = %(backfill_id)s and state in ('waiting', 'loaded')
order by state desc, since
limit %(most)s
