insert into ops.effects as e (key, kind, state, result, finished_at)
values (%(key)s, %(kind)s, 'done', %(result)s, clock_timestamp())
on conflict (key) do update
set state = 'done', result = excluded.result, code = null, finished_at = excluded.finished_at
