select id, provider, kind, key, reason, error, payload, execution_id, attempts, state, created_at, updated_at, closed_at
from ops.dead_letters
where state = any(%(states)s)
  and (%(provider)s::text is null or provider = %(provider)s)
  and (%(kind)s::text is null or kind = %(kind)s)
  and (%(reason)s::text is null or reason = %(reason)s)
  and created_at <= clock_timestamp() - make_interval(secs => %(min_age_s)s)
order by id
limit %(most)s
