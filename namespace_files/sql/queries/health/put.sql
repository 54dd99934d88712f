insert into ops.health_checks as h (name, state, detail, value, took_ms, failures)
values (%(name)s, %(state)s, %(detail)s, %(value)s, %(took_ms)s, case when %(state)s = 'failed' then 1 else 0 end)
on conflict (name) do update
set state = excluded.state, detail = excluded.detail, value = excluded.value, took_ms = excluded.took_ms,
    failures = case when excluded.state = 'failed' then h.failures + 1 else 0 end,
    since = case when h.state = excluded.state then h.since else clock_timestamp() end,
    checked_at = clock_timestamp()
returning failures
