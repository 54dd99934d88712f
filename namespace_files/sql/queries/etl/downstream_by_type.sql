select event_type as name, currency, count(*) as events, sum(net_amount) as net
from {table}
where occurred_at >= %(since)s
group by 1, 2
order by 3 desc, 1, 2
limit %(top_n)s
