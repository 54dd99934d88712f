-- The effects of a ticket, and of the burst whose one answer told of it.
select key, kind, state, result, code, execution_id, attempts, started_at, finished_at
from ops.effects
where split_part(key, ':', 2) in (
    select %(ticket_id)s
    union all
    select batch_id from tickets.batch_members where ticket_id = %(ticket_id)s and state = 'told'
)
order by started_at, key
