INSERT INTO tickets.deliveries (message_id, execution_id, duplicate)
VALUES (%(message_id)s, %(execution_id)s, %(duplicate)s)
ON CONFLICT (message_id, execution_id) DO NOTHING
