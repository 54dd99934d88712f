-- An older reading never replaces a newer one, and one that says the same writes nothing.
insert into ops.flow_runs as run (
    execution_id, namespace, flow_id, state, trigger, parent_id, labels, due_at,
    created_at, started_at, ended_at, changed_at, queued_s, run_s, idle_s, sla_s, data_date
)
select execution_id, namespace, flow_id, state, trigger, parent_id, labels, due_at,
       created_at, started_at, ended_at, changed_at, queued_s, run_s, idle_s, sla_s, data_date
from jsonb_to_recordset(%(rows)s) as new (
    execution_id text, namespace text, flow_id text, state text, trigger text, parent_id text, labels jsonb,
    due_at timestamptz, created_at timestamptz, started_at timestamptz, ended_at timestamptz, changed_at timestamptz,
    queued_s double precision, run_s double precision, idle_s double precision, sla_s double precision, data_date date
)
on conflict (execution_id) do update
set state = excluded.state, labels = excluded.labels, started_at = excluded.started_at, ended_at = excluded.ended_at,
    changed_at = excluded.changed_at, queued_s = excluded.queued_s, run_s = excluded.run_s, idle_s = excluded.idle_s,
    sla_s = excluded.sla_s, data_date = excluded.data_date, seen_at = clock_timestamp()
where run.changed_at <= excluded.changed_at
    and (run.state, run.labels, run.started_at, run.changed_at)
        is distinct from (excluded.state, excluded.labels, excluded.started_at, excluded.changed_at)
