-- The sender's open batch that still takes pictures, locked until the end of the transaction.
select b.batch_id
from tickets.batches b
where b.sender_id = %(sender_id)s and b.phone_number_id = %(phone_number_id)s and b.state = 'open'
  and b.opened_at > clock_timestamp() - make_interval(secs => %(window_s)s)
  and (select count(*) from tickets.batch_members m where m.batch_id = b.batch_id) < %(most)s
order by b.opened_at desc
limit 1
for update
