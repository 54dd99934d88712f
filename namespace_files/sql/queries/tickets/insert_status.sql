INSERT INTO tickets.statuses (message_id, status, recipient_id, callback, errors, happened_at)
VALUES (%(message_id)s, %(status)s, %(recipient_id)s, %(callback)s, %(errors)s, %(happened_at)s)
ON CONFLICT (message_id, status) DO NOTHING
