select ticket_id
from tickets.tickets
where sheet_range is null and verdict <> 'reject'
order by created_at
limit %(most)s
