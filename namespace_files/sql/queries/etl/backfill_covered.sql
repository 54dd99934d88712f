-- Windows that any backfill of this source into this target brought and proved; `thin` ones are as the source is.
select w.since, w.until
from etl_backfill_windows w
join etl_backfills b using (backfill_id)
where (b.dataset, b.source, b.target) = (%(dataset)s, %(source)s, %(target)s) and w.state in ('proven', 'thin')
