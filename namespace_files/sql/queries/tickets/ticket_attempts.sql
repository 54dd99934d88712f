select execution_id, ordinal, provider, model, outcome, latency_ms, tokens_in, tokens_out, cost_usd, created_at,
       raw ->> 'prompt' as prompt, raw ->> 'prompt_sha256' as prompt_sha256
from tickets.attempts
where ticket_id = %(ticket_id)s
order by created_at, ordinal
