with chunks as (delete from etl_load_chunks where load_id = %(load_id)s)
update etl_loads
set plan = null, source_checksum = null, state = 'checking', finished_at = null
where load_id = %(load_id)s
