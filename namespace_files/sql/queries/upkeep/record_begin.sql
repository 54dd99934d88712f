-- A run of this kind that was killed, and that nobody goes on with, is replaced: what it left is found by its age.
with replaced as (
    update ops.maintenance_runs set state = 'replaced', finished_at = clock_timestamp()
    where kind = %(kind)s and state = 'running' and run_id <> %(run_id)s
)
insert into ops.maintenance_runs as r (run_id, kind, params)
values (%(run_id)s, %(kind)s, %(params)s)
on conflict (run_id) do update set state = case when r.state = 'done' then r.state else 'running' end
where r.kind = excluded.kind
returning r.params, r.steps, r.state, r.report
