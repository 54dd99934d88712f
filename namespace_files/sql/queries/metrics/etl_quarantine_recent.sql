-- Rows that went into quarantine in the last hour and are still there.
select dataset, count(*) as etl_quarantine_1h
from etl_quarantine
where state = 'open' and created_at > now() - interval '1 hour'
group by dataset
