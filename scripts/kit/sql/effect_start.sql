insert into ops.effects as e (key, kind, state, execution_id)
values (%(key)s, %(kind)s, 'started', %(execution_id)s)
on conflict (key) do update
set state = 'started', code = null, execution_id = excluded.execution_id, attempts = e.attempts + 1, started_at = clock_timestamp(), finished_at = null
