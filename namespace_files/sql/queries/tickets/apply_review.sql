update tickets.reviews
set state = 'applied', applied_at = now()
where review_id = %(review_id)s and state = 'decided'
