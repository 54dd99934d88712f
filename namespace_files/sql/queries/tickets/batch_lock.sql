-- The batch of a ticket, locked until the end of the transaction.
select b.batch_id, b.state, b.opened_at,
       b.opened_at + make_interval(secs => %(wait_s)s) <= clock_timestamp() as overdue
from tickets.batches b
where b.batch_id = (select m.batch_id from tickets.batch_members m where m.ticket_id = %(ticket_id)s)
for update
