-- Hours that passed while nobody looked make one reminder, not several.
select r.*
from (
    select review_id, ticket_id, state, execution_id, opened_at, expires_at, reminded,
           decided_by,
           least(%(most)s, floor(extract(epoch from now() - opened_at) / (3600 * %(every_h)s)))::integer as number
    from tickets.reviews
    where state = 'open'
) r
where r.number > r.reminded
order by r.opened_at
