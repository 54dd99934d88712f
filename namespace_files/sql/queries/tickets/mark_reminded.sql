update tickets.reviews
set reminded = %(number)s, reminded_at = now()
where review_id = %(review_id)s and reminded < %(number)s
