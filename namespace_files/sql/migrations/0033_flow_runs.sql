-- What Kestra ran and will run, as its REST API tells it: copied by the flow runs_collect, looked at by runs_watch, the
-- console and the metrics. Kestra stays the truth; a row that is missing here comes with the next run of runs_collect.

create table if not exists ops.flow_runs (
    execution_id  text primary key,
    namespace     text not null,
    flow_id       text not null,
    state         text not null,                   -- Kestra's, such as RUNNING
    trigger       text not null default '',        -- the trigger's id; blank: a person, the API, or another flow
    parent_id     text,                            -- the execution that called it as a subflow
    labels        jsonb not null default '{}',
    due_at        timestamptz,                     -- the time of the schedule that it ran for
    created_at    timestamptz not null,
    started_at    timestamptz,                     -- its first task began
    ended_at      timestamptz,
    queued_s      double precision,                -- created to started: waiting for a place or a worker
    run_s         double precision,                -- started to ended, pauses included
    sla_s         double precision,                -- its flow's longest duration when it was read last; null: none
    data_date     date,                            -- the day of the data it is about
    seen_at       timestamptz not null default clock_timestamp()
);
comment on table ops.flow_runs is 'One row an execution of opsflows.*; see docs/watch.md';
create index if not exists flow_runs_of_flow on ops.flow_runs (namespace, flow_id, created_at desc);
create index if not exists flow_runs_by_time on ops.flow_runs (created_at desc);
create index if not exists flow_runs_open on ops.flow_runs (created_at) where ended_at is null;
create index if not exists flow_runs_of_trigger on ops.flow_runs (namespace, flow_id, trigger, due_at desc)
    where due_at is not null;

create table if not exists ops.flow_schedules (
    namespace   text not null,
    flow_id     text not null,
    trigger_id  text not null,
    cron        text not null,
    timezone    text not null,
    disabled    boolean not null default false,    -- in the flow, or by hand
    last_at     timestamptz,                       -- the newest due time that ran
    next_at     timestamptz,                       -- the next due time; null when disabled
    grace_s     double precision not null,         -- how late a run may begin before it counts as missing
    sla_s       double precision,                  -- how long the flow may take; null: no bound
    since       timestamptz not null default clock_timestamp(), -- seen, changed or switched on: no earlier run is missing
    seen_at     timestamptz not null default clock_timestamp(),
    primary key (namespace, flow_id, trigger_id)
);
comment on table ops.flow_schedules is 'One row a schedule of opsflows.*; gone when its flow or trigger is gone';

create table if not exists ops.watch_marks (
    name     text primary key,                     -- such as runs_collect
    upto     timestamptz,                          -- read up to here
    detail   jsonb not null default '{}',
    at       timestamptz not null default clock_timestamp()
);
comment on table ops.watch_marks is 'How far a watcher has come, and when it last ended well';
