SELECT message_id, ticket_id, sender_id, sender_phone, sender_name, phone_number_id, kind, caption, media, sent_at,
       received_at, state, attempts
FROM tickets.messages
WHERE ticket_id = %(ticket_id)s
