update tickets.reviews
set execution_id = ''
where review_id = %(review_id)s and state = 'open' and execution_id = %(execution_id)s
