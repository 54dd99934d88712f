-- What the model services cost in this month and on its last day, by the days of the company's books.
select provider, sum(cost_usd) as spend_month_usd,
       coalesce(sum(cost_usd) filter (where day = (select max(day) from ops.spend)), 0) as spend_day_usd,
       sum(calls) as model_calls_month, sum(tokens_in) as model_tokens_in_month, sum(tokens_out) as model_tokens_out_month
from ops.spend
where day >= date_trunc('month', (select max(day) from ops.spend))
group by provider
