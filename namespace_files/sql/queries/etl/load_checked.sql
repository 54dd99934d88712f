update etl_loads
set state = %(state)s, plan = coalesce(plan, %(plan)s), source_checksum = %(checksum)s, chunks = %(chunks)s,
    rows_read = %(rows)s, rows_bad = %(bad)s,
    finished_at = case when %(state)s in ('refused', 'skipped') then clock_timestamp() end
where load_id = %(load_id)s
returning plan
