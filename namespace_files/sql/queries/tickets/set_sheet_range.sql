UPDATE tickets.tickets
SET sheet_range = %(sheet_range)s, sheet_error = NULL, updated_at = now()
WHERE ticket_id = %(ticket_id)s
