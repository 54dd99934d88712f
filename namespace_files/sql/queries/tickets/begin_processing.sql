UPDATE tickets.messages
SET state = 'processing', attempts = attempts + 1, last_error = NULL
WHERE ticket_id = %(ticket_id)s AND state <> 'done'
