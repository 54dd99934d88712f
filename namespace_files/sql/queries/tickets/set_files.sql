-- The document of a ticket that was revised is that of its review: an execution that began before does not replace it.
update tickets.tickets
set image_uri = coalesce(%(image_uri)s, image_uri),
    document_uri = case when revision = 1 then coalesce(%(document_uri)s, document_uri) else document_uri end,
    updated_at = now()
where ticket_id = %(ticket_id)s
