-- Forwards only, unless it is forced: of two runs that end in the other order the later window stays.
insert into etl_checkpoints as c (source, consumer, watermark, key, rows, execution_id)
values (%(source)s, %(consumer)s, %(watermark)s, %(key)s, %(rows)s, %(execution_id)s)
on conflict (source, consumer) do update
set watermark = excluded.watermark, key = excluded.key, rows = excluded.rows, execution_id = excluded.execution_id,
    updated_at = clock_timestamp()
where %(force)s or c.watermark is null or excluded.watermark >= c.watermark
returning watermark
