select d.execution_id, d.duplicate, d.received_at
from tickets.deliveries d
join tickets.messages m using (message_id)
where m.ticket_id = %(ticket_id)s
order by d.received_at, d.duplicate
