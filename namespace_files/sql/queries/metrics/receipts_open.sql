-- Receipts that came in and have no end yet; every state is told, so that a rule sees a zero.
select s.state, count(m.message_id) as receipts_open,
       coalesce(extract(epoch from now() - min(m.received_at)), 0) as receipts_open_oldest_seconds
from unnest(array['received', 'processing', 'pending']) s(state)
left join tickets.messages m on m.state = s.state and m.state in ('received', 'processing', 'pending')
group by s.state
