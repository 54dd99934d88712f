update tickets.reviews
set escalated_at = now()
where review_id = %(review_id)s and escalated_at is null
