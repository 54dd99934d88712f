-- Sums by day, of a flow or of all.
select day, sum(runs)::bigint as runs, sum(total_rows)::bigint as total_rows, sum(expected_rows)::bigint as expected_rows,
       (sum(ratio_sum) / nullif(sum(ratio_runs), 0))::double precision as ratio_avg,
       sum(low_ratio_runs)::bigint as low_ratio_runs
from etl_run_days
where day > %(today)s::date - %(days)s and day <= %(today)s::date and (%(flow)s::text is null or flow = %(flow)s)
group by day
having sum(runs) > 0
order by day
