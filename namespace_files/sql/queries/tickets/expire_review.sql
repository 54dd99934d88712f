update tickets.reviews
set state = 'expired'
where review_id = %(review_id)s and state = 'open' and expires_at <= now() + interval '2 seconds'
