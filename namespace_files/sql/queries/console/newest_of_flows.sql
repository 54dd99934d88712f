-- The newest run of each flow that is no rehearsal.
select r.* from unnest(%(flows)s::text[]) as wanted (flow)
cross join lateral (
    select run_id, flow, run_label, run_name, status, total_rows, expected_rows, ratio::double precision as ratio, num_chunks,
           duration_ms, started_at, finished_at
    from etl_runs where flow = wanted.flow and not dry_run order by started_at desc, run_id desc limit 1
) r
order by r.started_at desc
