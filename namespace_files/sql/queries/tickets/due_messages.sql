-- Accepted and not finished, past their time, and held by no living execution.
SELECT m.ticket_id
FROM tickets.messages m
LEFT JOIN ops.claims c ON c.key = 'ticket:' || m.ticket_id AND c.lease_until > now()
WHERE m.state IN ('received', 'processing', 'pending')
  AND coalesce(m.next_attempt_at, m.received_at + make_interval(secs => %(grace_s)s)) <= now()
  AND c.key IS NULL
ORDER BY m.received_at
LIMIT %(most)s
