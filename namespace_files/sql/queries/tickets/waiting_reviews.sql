select review_id, ticket_id, state, execution_id
from tickets.reviews
where state = 'open' and execution_id <> '' and expires_at > now() and coalesce(next_attempt_at, opened_at) <= now()
order by opened_at
limit %(most)s
