select message_id, ticket_id, sender_id, sender_phone, sender_name, phone_number_id, kind, caption, media, sent_at,
       received_at, state, attempts, parent_ticket_id, part, part_box
from tickets.messages
where ticket_id = %(ticket_id)s
