insert into tickets.messages (message_id, ticket_id, sender_id, sender_phone, sender_name, phone_number_id, kind,
                              caption, media, sent_at, execution_id)
values (%(message_id)s, %(ticket_id)s, %(sender_id)s, %(sender_phone)s, %(sender_name)s, %(phone_number_id)s, %(kind)s,
        %(caption)s, %(media)s, %(sent_at)s, %(execution_id)s)
on conflict (message_id) do nothing
