select flow, run_label, status, outcome ->> 'code' as code, expected_rows, total_rows, ratio, duration_ms
from etl_runs
where started_at >= %(since)s and started_at < %(until)s and not dry_run
order by started_at
