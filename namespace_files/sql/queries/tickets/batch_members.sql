select ticket_id, state
from tickets.batch_members
where batch_id = %(batch_id)s
order by joined_at, ticket_id
