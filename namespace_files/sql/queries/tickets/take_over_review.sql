-- Another execution goes on with a review that is not finished; the next one may not do so before its time.
update tickets.reviews
set execution_id = %(execution_id)s, attempts = attempts + 1,
    next_attempt_at = now() + least(interval '10 minutes' * power(2, least(attempts, 6)), interval '6 hours')
where review_id = %(review_id)s and execution_id <> %(execution_id)s
  and (state in ('open', 'decided') or finished_at is null)
