-- What maintenance does and found: its runs with how far each is, tables that nobody seems to need, and the state of
-- health.

create table if not exists ops.maintenance_runs (
    run_id       text primary key,                 -- the execution; the same one goes on where it stood
    kind         text not null check (kind in ('etl', 'state')),
    state        text not null default 'running' check (state in ('running', 'done', 'replaced')),
    params       jsonb not null default '{}',      -- what it was asked for, and the moment that ages are reckoned from
    steps        jsonb not null default '{}',      -- step -> how far it is; written in the transaction of each batch
    report       jsonb,
    started_at   timestamptz not null default clock_timestamp(),
    finished_at  timestamptz
);
comment on table ops.maintenance_runs is 'Every run of etl_maintenance and state_maintenance that was no rehearsal';
create index if not exists maintenance_runs_recent on ops.maintenance_runs (kind, started_at desc);

-- When a table that a dead run may have left was seen first: Postgres does not keep when a table was made.
create table if not exists ops.maintenance_leftovers (
    relation  oid primary key,
    note      text not null,                       -- its comment: how far whoever made it had come
    seen_at   timestamptz not null default clock_timestamp()
);
comment on table ops.maintenance_leftovers is 'Tables of runs that seem dead, and since when they stand still';

create table if not exists ops.health_checks (
    name        text primary key,
    state       text not null check (state in ('ok', 'warning', 'failed')),
    detail      text not null,
    value       double precision,                  -- the figure that it was judged by, where there is one
    took_ms     integer not null,
    since       timestamptz not null default clock_timestamp(),  -- in this state
    checked_at  timestamptz not null default clock_timestamp()
);
comment on table ops.health_checks is 'How the parts of the system stand; written by the flow health_check';
