-- What a reading gave. Its bad rows take the place of those of the reading before, which are the same.
with forgotten as (
    delete from etl_quarantine where load_id = %(before)s and state = 'open' and %(before)s <> %(load_id)s
)
update etl_backfill_windows
set state = %(state)s, code = %(code)s, passes = false, load_id = %(load_id)s, checksum = %(checksum)s, rows = %(rows)s,
    bad = %(bad)s, changed = %(changed)s, inserted = inserted + %(inserted)s, updated = updated + %(updated)s,
    finished_at = clock_timestamp()
where backfill_id = %(backfill_id)s and since = %(since)s
