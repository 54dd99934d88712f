insert into ops.spend (day, provider, model, sender, calls, tokens_in, tokens_out, cost_usd)
values (%(day)s, %(provider)s, %(model)s, %(sender)s, %(calls)s, %(tokens_in)s, %(tokens_out)s, %(cost_usd)s)
on conflict (day, provider, model, sender) do update
set calls = ops.spend.calls + excluded.calls,
    tokens_in = ops.spend.tokens_in + excluded.tokens_in,
    tokens_out = ops.spend.tokens_out + excluded.tokens_out,
    cost_usd = ops.spend.cost_usd + excluded.cost_usd
