insert into tickets.deliveries (message_id, execution_id, duplicate)
values (%(message_id)s, %(execution_id)s, %(duplicate)s)
on conflict (message_id, execution_id) do nothing
