select field, was, became, by, via, at, revision
from tickets.corrections
where ticket_id = %(ticket_id)s
order by id
