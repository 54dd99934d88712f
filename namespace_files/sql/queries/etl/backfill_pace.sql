-- What a reading of a window of this dataset took on average, and how many rows it had: for the plan.
select avg(rows)::float8 as rows, avg(extract(epoch from w.finished_at - w.started_at))::float8 as seconds
from etl_backfill_windows w
join etl_backfills b using (backfill_id)
where (b.dataset, b.source, b.target, b.step) = (%(dataset)s, %(source)s, %(target)s, %(step)s)
  and w.rows is not null and w.finished_at is not null
