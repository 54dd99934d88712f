UPDATE tickets.tickets
SET sheet_error = %(code)s, updated_at = now()
WHERE ticket_id = %(ticket_id)s AND sheet_range IS NULL
