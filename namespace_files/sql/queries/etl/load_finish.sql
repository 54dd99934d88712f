update etl_loads l
set state = 'done', finished_at = clock_timestamp(), rows_duplicate = %(duplicate)s,
    rows_read = l.rows_read - q.refused, rows_bad = q.bad, rows_inserted = c.inserted, rows_updated = c.updated
from (select coalesce(sum(inserted), 0) as inserted, coalesce(sum(updated), 0) as updated
      from etl_load_chunks where load_id = %(load_id)s) c,
     (select count(*) as bad, count(*) filter (where code in ('refused', 'not_unique')) as refused
      from etl_quarantine where load_id = %(load_id)s) q
where l.load_id = %(load_id)s
returning l.*
