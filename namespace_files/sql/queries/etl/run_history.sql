-- The runs before one, of its flow and label, that brought rows; the newest first.
select total_rows, ratio::double precision as ratio
from etl_runs
where flow = %(flow)s and run_label = %(run_label)s and not dry_run and status = 'succeeded'
  and started_at < %(started_at)s
order by started_at desc
limit %(most)s
