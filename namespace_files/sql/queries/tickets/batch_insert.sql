insert into tickets.batches (batch_id, sender_id, phone_number_id)
values (%(batch_id)s, %(sender_id)s, %(phone_number_id)s)
on conflict (batch_id) do nothing
