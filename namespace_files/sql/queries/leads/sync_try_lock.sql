-- One sync at a time; the server frees the lock when the process dies.
select pg_try_advisory_lock(hashtextextended('leads:sync', 0)) as ours
