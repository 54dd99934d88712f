select pg_advisory_xact_lock(hashtextextended(%(key)s, 0))
