select pg_advisory_xact_lock(hashtext('ops.spend'))::text as locked
