update tickets.tickets
set image_uri = coalesce(%(image_uri)s, image_uri), document_uri = coalesce(%(document_uri)s, document_uri),
    updated_at = now()
where ticket_id = %(ticket_id)s
