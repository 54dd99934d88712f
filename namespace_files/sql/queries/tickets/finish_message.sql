UPDATE tickets.messages
SET state = %(state)s, last_error = %(last_error)s, next_attempt_at = %(next_attempt_at)s,
    finished_at = CASE WHEN %(state)s IN ('done', 'failed') THEN now() END
WHERE ticket_id = %(ticket_id)s AND state <> 'done'
