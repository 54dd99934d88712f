-- The same run of the same execution, tried again, is the same row.
insert into etl_runs as r (flow, run_label, run_name, execution_id, release, dry_run, parents, params)
values (%(flow)s, %(run_label)s, %(run_name)s, %(execution_id)s, %(release)s, %(dry_run)s, %(parents)s, %(params)s)
on conflict (flow, run_name, execution_id) do update
set status = 'running', finished_at = null, outcome = '{}', params = excluded.params, parents = excluded.parents
returning run_id
