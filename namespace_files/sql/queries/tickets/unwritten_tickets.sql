SELECT ticket_id
FROM tickets.tickets
WHERE sheet_range IS NULL AND verdict <> 'reject'
ORDER BY created_at
LIMIT %(most)s
