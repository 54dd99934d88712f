-- Receipts read in the last 24 hours, by verdict.
select verdict, count(*) as receipts_24h
from tickets.tickets
where created_at > now() - interval '24 hours'
group by verdict
