select review_id, ticket_id, state, opened_at, expires_at, execution_id, reminded, reminded_at, escalated_at, decision,
       decided_by, decided_via, decided_at, applied_at, finished_at, attempts, next_attempt_at
from tickets.reviews
where review_id = %(review_id)s
