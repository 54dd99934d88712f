-- Rows that break their contract and wait for a correction or a replay.
select dataset, code, count(*) as etl_quarantine_open
from etl_quarantine
where state = 'open'
group by dataset, code
order by 3 desc
