-- Reviews that do not go on by themselves: decided, applied or expired and not finished; open with nobody waiting.
select review_id, ticket_id, state, execution_id
from tickets.reviews
where finished_at is null and coalesce(next_attempt_at, opened_at) <= now()
  and (execution_id = '' or now() >= case state
        when 'decided' then decided_at + make_interval(secs => %(grace_s)s * 0.1)
        when 'applied' then applied_at + make_interval(secs => %(grace_s)s)
        else expires_at + make_interval(secs => %(grace_s)s)
      end)
order by opened_at
limit %(most)s
