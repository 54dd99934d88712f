update tickets.tickets
set document_uri = %(document_uri)s, updated_at = now()
where ticket_id = %(ticket_id)s and revision = %(revision)s
