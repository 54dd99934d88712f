insert into ops.effects as e (key, kind, state, result, execution_id, finished_at)
values (%(key)s, %(kind)s, 'done', %(result)s, %(execution_id)s, clock_timestamp())
on conflict (key) do update
set state = 'done', result = excluded.result, code = null, execution_id = excluded.execution_id,
    finished_at = excluded.finished_at
