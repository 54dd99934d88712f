insert into tickets.attempts (ticket_id, execution_id, ordinal, provider, model, outcome, latency_ms, tokens_in,
                              tokens_out, cost_usd, raw)
values (%(ticket_id)s, %(execution_id)s, %(ordinal)s, %(provider)s, %(model)s, %(outcome)s, %(latency_ms)s,
        %(tokens_in)s, %(tokens_out)s, %(cost_usd)s, %(raw)s)
on conflict (ticket_id, execution_id, ordinal) do nothing
