-- Connections that ordinary users may still open, whether this server writes, and whether the loader's tables are there.
select pg_is_in_recovery() as standby,
       to_regclass('etl_loads') is not null and to_regclass('etl_volumes') is not null as migrated,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0) as most,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as taken
