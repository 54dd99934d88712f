select message_id, status
from tickets.statuses
where callback = %(callback)s and status in ('sent', 'delivered', 'read')
order by happened_at
limit 1
