with chunks as (delete from etl_load_chunks where load_id = %(load_id)s),
     bad as (delete from etl_quarantine where load_id = %(load_id)s and state = 'open')
update etl_loads
set plan = null, source_checksum = null, state = 'checking', started_at = clock_timestamp(), finished_at = null
where load_id = %(load_id)s
returning *
