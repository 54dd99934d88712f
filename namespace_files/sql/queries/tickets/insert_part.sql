-- A receipt of a picture that shows several: everything but its part is the picture's.
insert into tickets.messages (message_id, ticket_id, sender_id, sender_phone, sender_name, phone_number_id, kind,
                              caption, media, sent_at, execution_id, parent_ticket_id, part, part_box)
select %(message_id)s, %(ticket_id)s, sender_id, sender_phone, sender_name, phone_number_id, kind,
       caption, media, sent_at, %(execution_id)s, ticket_id, %(part)s, %(part_box)s
from tickets.messages
where ticket_id = %(parent_ticket_id)s
on conflict (message_id) do nothing
