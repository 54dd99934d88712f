select review_id, ticket_id, state, execution_id, opened_at, expires_at, decided_by
from tickets.reviews
where state = 'open' and escalated_at is null and now() - opened_at >= %(after_h)s * interval '1 hour'
order by opened_at
