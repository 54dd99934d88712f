-- Every run that ever counted, those that retention deleted included.
select coalesce(sum(runs), 0)::bigint as runs, coalesce(sum(low_ratio_runs), 0)::bigint as low_ratio_runs,
       (sum(ratio_sum) / nullif(sum(ratio_runs), 0))::double precision as ratio_avg
from etl_run_days
