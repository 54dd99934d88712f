-- Runs, the newest first, from a place on; a filter that is null does not count.
select run_id, flow, run_label, run_name, execution_id, status, dry_run, total_rows, expected_rows,
       ratio::double precision as ratio, num_chunks, duration_ms, outcome ->> 'code' as code, started_at, finished_at
from etl_runs
where (%(flow)s::text is null or flow = %(flow)s)
  and (%(run_label)s::text is null or run_label = %(run_label)s)
  and (%(status)s::text is null or status = %(status)s)
  and (%(dry_run)s::boolean is null or dry_run = %(dry_run)s)
  and started_at >= %(start)s and started_at < %(end)s
  and (started_at, run_id) < (%(before_at)s, %(before_id)s)
order by started_at desc, run_id desc
limit %(most)s
