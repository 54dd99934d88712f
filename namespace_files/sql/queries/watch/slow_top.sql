-- The costliest statements of this database, by all the time that they took and by their mean.
with known as (
    select queryid as query_id, pg_get_userbyid(userid) as role, query, calls, total_exec_time as total_ms,
           mean_exec_time as mean_ms, max_exec_time as max_ms, rows,
           shared_blks_hit::float8 / nullif(shared_blks_hit + shared_blks_read, 0) as hit_ratio, wal_bytes
    from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database()) and queryid is not null
        and calls >= 2 and query !~* '^\s*(begin|commit|rollback|set|show|savepoint|release|explain|copy)'
)
select * from known
where (query_id, role) in (select query_id, role from known order by total_ms desc limit %(most)s)
    or (query_id, role) in (select query_id, role from known order by mean_ms desc limit %(most)s)
order by total_ms desc
