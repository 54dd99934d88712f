update tickets.erasure_work
set outcome = %(outcome)s, done_at = case when %(done)s then clock_timestamp() end,
    due_at = case when %(done)s then due_at else clock_timestamp() + interval '1 hour' end
where run_id = %(run_id)s and kind = %(kind)s and ref = %(ref)s
