select ticket_id, verdict, issued_on, total, currency
from subjects
where verdict <> 'reject'
order by ticket_id
