update tickets.tickets
set sheet_error = %(code)s, updated_at = now()
where ticket_id = %(ticket_id)s and sheet_range is null
