select state, ticket_id
from tickets.reviews
where review_id = %(review_id)s
for update
