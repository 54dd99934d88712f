-- The ticket whose picture, or whose answer of ours, a message quotes; only for the one who sent that picture.
select m.ticket_id
from tickets.messages m
where (m.sender_id = any(%(senders)s) or m.sender_phone = any(%(senders)s))
  and (m.message_id = %(quoted)s
    or m.ticket_id in (
        select split_part(e.key, ':', 2)
        from ops.effects e
        where e.kind = 'whatsapp.text' and e.result ->> 'message_id' = %(quoted)s
        union all
        select split_part(s.callback, ':', 2) from tickets.statuses s where s.message_id = %(quoted)s
    ))
limit 1
