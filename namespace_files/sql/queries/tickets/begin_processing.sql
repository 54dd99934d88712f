update tickets.messages
set state = 'processing', attempts = attempts + 1, last_error = null
where ticket_id = %(ticket_id)s and state <> 'done'
