update tickets.tickets
set sheet_range = %(sheet_range)s, sheet_error = null, updated_at = now()
where ticket_id = %(ticket_id)s
