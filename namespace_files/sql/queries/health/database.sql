select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as taken,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend' and usename = current_user) as own,
       (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user) as own_most,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0) as most,
       pg_database_size(current_database()) as bytes, pg_is_in_recovery() as standby,
       coalesce((select extract(epoch from max(clock_timestamp() - xact_start)) from pg_stat_activity
                 where datname = current_database() and backend_type = 'client backend'), 0)::float as oldest_s,
       (select max(age(datfrozenxid)) from pg_database)::bigint as wraparound,
       coalesce((select max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) from pg_stat_replication), 0)::bigint as lag,
       extract(epoch from clock_timestamp())::float as now_s
