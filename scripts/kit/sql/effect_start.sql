insert into ops.effects as e (key, kind, state)
values (%(key)s, %(kind)s, 'started')
on conflict (key) do update
set state = 'started', code = null, attempts = e.attempts + 1, started_at = clock_timestamp(), finished_at = null
