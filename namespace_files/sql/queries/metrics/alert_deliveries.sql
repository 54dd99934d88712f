-- Messages about alerts that are not out yet, and those of the last day that failed.
select channel, state, count(*) as alert_deliveries_open,
       extract(epoch from now() - min(created_at)) as alert_deliveries_oldest_seconds
from ops.alert_deliveries
where state in ('pending', 'sending', 'unknown')
group by channel, state
