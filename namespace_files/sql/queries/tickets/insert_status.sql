insert into tickets.statuses (message_id, status, recipient_id, callback, errors, happened_at)
values (%(message_id)s, %(status)s, %(recipient_id)s, %(callback)s, %(errors)s, %(happened_at)s)
on conflict (message_id, status) do nothing
