select ticket_id
from tickets.messages
where parent_ticket_id = %(ticket_id)s
order by part
