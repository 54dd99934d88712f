select dataset, target, header, min(place) as first, count(*) as rows
from etl_replay_rows
group by 1, 2, 3
order by 4
