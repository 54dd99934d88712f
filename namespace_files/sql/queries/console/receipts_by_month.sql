-- How many receipts came in each month (of the company's zone).
select date_trunc('month', received_at at time zone %(zone)s)::date as month, count(*) as receipts
from tickets.messages
where received_at >= %(since)s
group by 1
