-- What readings of receipts cost, by month (of the company's zone), engine, model and flow.
select date_trunc('month', a.created_at at time zone %(zone)s)::date as month, a.provider, coalesce(a.model, '') as model,
       coalesce(r.flow_id, 'whatsapp_ticket_process') as flow, count(*) as calls, sum(a.tokens_in)::bigint as tokens_in,
       sum(a.tokens_out)::bigint as tokens_out, sum(a.cost_usd) as cost_usd
from tickets.attempts a
left join ops.flow_runs r using (execution_id)
where a.created_at >= %(since)s and a.cost_usd > 0
group by 1, 2, 3, 4
order by 1 desc, 8 desc, 2, 3, 4
limit 1000
