select event_type, currency, count(*) as events, sum(net_amount) as net
from {table}
where loaded_at >= %(since)s and loaded_at < %(until)s
group by 1, 2
order by 1, 2
