-- Only by who holds the claim: a later one may have taken it over.
update ops.alert_deliveries set
    state = %(state)s,
    reference = coalesce(%(reference)s, reference),
    shown = coalesce(%(shown)s, shown),
    error = %(error)s,
    due_at = coalesce(%(due_at)s, due_at),
    claimed_until = null,
    sent_at = case when %(state)s = 'sent' then clock_timestamp() end
where delivery_id = %(delivery_id)s and state = 'sending' and attempts = %(attempts)s
