update leads.inbox
set state = %(state)s, lead_id = %(lead_id)s, batch = %(batch)s, outcome = %(outcome)s, done_at = clock_timestamp(),
    answer = case when %(answer)s then 'due' else 'none' end
where key = any(%(keys)s)
