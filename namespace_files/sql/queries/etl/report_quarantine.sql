select dataset, code, coalesce(field, '') as field, count(*) as rows
from etl_quarantine
where state = 'open'
group by 1, 2, 3
order by 4 desc, 1, 2, 3
limit 50
