-- The others that the summary told of and that lacked nothing but this answer.
update tickets.messages
set state = 'done', last_error = null, next_attempt_at = null, finished_at = clock_timestamp()
where state = 'pending' and last_error = 'answer'
  and ticket_id in (
      select o.ticket_id
      from tickets.batch_members m
      join tickets.batch_members o on o.batch_id = m.batch_id and o.state = 'told' and o.ticket_id <> m.ticket_id
      where m.ticket_id = %(ticket_id)s and m.state = 'told'
  )
