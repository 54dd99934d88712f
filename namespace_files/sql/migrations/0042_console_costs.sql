-- What readings cost, by month, from an index alone.

create index if not exists attempts_by_time on tickets.attempts (created_at)
    include (ticket_id, execution_id, provider, model, tokens_in, tokens_out, cost_usd);
