update tickets.reviews
set state = 'decided', decision = %(decision)s, decided_by = %(by)s, decided_via = %(via)s, decided_at = now(),
    attempts = 0, next_attempt_at = null
where review_id = %(review_id)s and state = 'open'
