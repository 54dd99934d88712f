-- Nobody joins any more; those that have their verdict are told together, the others answer on their own.
with sealed as (
    update tickets.batches set state = 'sealed', sealed_at = clock_timestamp()
    where batch_id = %(batch_id)s and state = 'open'
    returning batch_id
)
update tickets.batch_members m
set state = case when m.state = 'ready' and %(together)s then 'told' else 'alone' end
from sealed
where m.batch_id = sealed.batch_id
