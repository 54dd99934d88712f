-- What was replayed or dropped keeps its row for the counts; an open letter without its payload can only be dropped.
update ops.dead_letters
set payload = null, error = '', key = 'erased-' || id, updated_at = clock_timestamp(),
    closed_at = coalesce(closed_at, clock_timestamp()), state = case when state = 'open' then 'dropped' else state end
where kind = %(kind)s and key = any(%(keys)s)
