insert into tickets.notices (notice_id, kind, code, sender_id, payload, execution_id)
values (%(notice_id)s, %(kind)s, %(code)s, %(sender_id)s, %(payload)s, %(execution_id)s)
on conflict (notice_id) do nothing
