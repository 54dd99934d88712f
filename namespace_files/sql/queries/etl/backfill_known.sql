-- The range of a backfill of this name, if there is one: it is gone on with.
select since, until from etl_backfills where backfill_id = %(backfill_id)s
