select to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD') as name, currency, count(*) as events,
       sum(net_amount) as net
from {table}
where occurred_at >= %(since)s
group by 1, 2
order by 1 desc, 2
limit %(top_n)s
