-- The business database: size, connections, and what holds it up.
select pg_database_size(current_database()) as database_bytes,
       current_setting('max_connections')::int as database_connections_most,
       (select extract(epoch from max(now() - xact_start)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend')
           as database_longest_transaction_seconds,
       (select count(*) from pg_stat_activity
        where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0) as database_blocked,
       (select deadlocks from pg_stat_database where datname = current_database()) as database_deadlocks,
       (select extract(epoch from now() - pg_postmaster_start_time())) as database_up_seconds
