select rows
from (
    select distinct on (case when seconds = 0 then run_name else load_window end) rows, observed_at
    from etl_volumes
    where dataset = %(dataset)s and seconds = %(seconds)s and weekday = %(weekday)s and run_name <> %(run_name)s
    order by case when seconds = 0 then run_name else load_window end, observed_at desc
) latest
order by observed_at desc
limit %(most)s
