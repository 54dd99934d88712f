update tickets.tickets set image_uri = null, document_uri = null, evidence = '{}'
where ticket_id in (
    select ticket_id from tickets.tickets
    where (image_uri is not null or document_uri is not null) and updated_at < %(pictures)s limit %(most)s)
