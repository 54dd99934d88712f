INSERT INTO tickets.notices (notice_id, kind, code, sender_id, payload, execution_id)
VALUES (%(notice_id)s, %(kind)s, %(code)s, %(sender_id)s, %(payload)s, %(execution_id)s)
ON CONFLICT (notice_id) DO NOTHING
