update etl_loads l
set state = 'done', finished_at = clock_timestamp(), rows_duplicate = %(duplicate)s,
    rows_bad = (select count(*) from etl_quarantine q where q.load_id = l.load_id),
    rows_inserted = c.inserted, rows_updated = c.updated
from (select coalesce(sum(inserted), 0) as inserted, coalesce(sum(updated), 0) as updated
      from etl_load_chunks where load_id = %(load_id)s) c
where l.load_id = %(load_id)s
returning l.*
