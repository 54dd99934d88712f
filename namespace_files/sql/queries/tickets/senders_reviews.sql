-- Open reviews of a sender's tickets, oldest first.
select r.review_id, r.ticket_id
from tickets.reviews r
join tickets.messages m using (ticket_id)
where r.state = 'open' and (m.sender_id = any(%(senders)s) or m.sender_phone = any(%(senders)s))
order by r.opened_at
limit 20
