update tickets.attempts set raw = null
where (ticket_id, execution_id, ordinal) in (
    select ticket_id, execution_id, ordinal from tickets.attempts
    where raw is not null and created_at < %(pictures)s limit %(most)s)
