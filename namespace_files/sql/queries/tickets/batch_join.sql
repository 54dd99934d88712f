insert into tickets.batch_members (ticket_id, batch_id)
values (%(ticket_id)s, %(batch_id)s)
on conflict (ticket_id) do nothing
