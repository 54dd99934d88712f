SELECT message_id, status
FROM tickets.statuses
WHERE callback = %(callback)s AND status IN ('sent', 'delivered', 'read')
ORDER BY happened_at
LIMIT 1
