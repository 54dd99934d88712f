insert into ops.slow_queries (
    day, query_id, role, query, calls, total_ms, mean_ms, max_ms, rows, hit_ratio, wal_bytes, plan
)
values (
    (now() at time zone 'UTC')::date, %(query_id)s, %(role)s, %(statement)s, %(calls)s, %(total_ms)s, %(mean_ms)s,
    %(max_ms)s, %(rows)s, %(hit_ratio)s, %(wal_bytes)s, %(plan)s
)
on conflict (day, query_id, role) do update
set query = excluded.query, calls = excluded.calls, total_ms = excluded.total_ms, mean_ms = excluded.mean_ms,
    max_ms = excluded.max_ms, rows = excluded.rows, hit_ratio = excluded.hit_ratio, wal_bytes = excluded.wal_bytes,
    plan = excluded.plan, taken_at = clock_timestamp()
