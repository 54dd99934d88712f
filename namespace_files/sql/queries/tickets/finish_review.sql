update tickets.reviews
set finished_at = now(), next_attempt_at = null
where review_id = %(review_id)s and state in ('applied', 'expired') and finished_at is null
