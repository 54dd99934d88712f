select customer_id::text as name, currency, count(*) as events, sum(net_amount) as net
from {table}
where occurred_at >= %(since)s
group by 1, 2
order by 4 desc nulls last, 1, 2
limit %(top_n)s
