select pg_advisory_xact_lock(hashtextextended('etl:chunk:' || %(load_id)s || ':' || %(chunk)s, 0))
