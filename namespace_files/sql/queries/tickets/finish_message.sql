update tickets.messages
set state = %(state)s, last_error = %(last_error)s, next_attempt_at = %(next_attempt_at)s,
    finished_at = case when %(state)s in ('done', 'failed') then now() end
where ticket_id = %(ticket_id)s and state <> 'done'
