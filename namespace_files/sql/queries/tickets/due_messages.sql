-- Accepted and not finished, past their time, and held by no living execution.
select m.ticket_id
from tickets.messages m
left join ops.claims c on c.key = 'ticket:' || m.ticket_id and c.state = 'held' and c.lease_until > now()
where m.state in ('received', 'processing', 'pending')
  and coalesce(m.next_attempt_at, m.received_at + make_interval(secs => %(grace_s)s)) <= now()
  and c.key is null
order by m.received_at
limit %(most)s
