select m.ticket_id, m.message_id, m.state, m.sender_id, m.sender_phone, m.sender_name, m.received_at, t.verdict, t.merchant,
       t.issued_on, t.total, t.currency, r.state as review_state
from tickets.messages m
left join tickets.tickets t using (ticket_id)
left join tickets.reviews r using (ticket_id)
where (%(state)s::text is null or m.state = %(state)s)
  and (%(verdict)s::text is null or t.verdict = %(verdict)s)
  and (%(sender)s::text is null or position(lower(%(sender)s) in lower(concat_ws(' ', m.sender_name, m.sender_phone))) > 0)
  and (%(begins)s::timestamptz is null or m.received_at >= %(begins)s)
  and (%(ends)s::timestamptz is null or m.received_at < %(ends)s)
  and (m.received_at, m.ticket_id) < (%(before_at)s, %(before_id)s)
order by m.received_at desc, m.ticket_id desc
limit %(most)s
