-- The book of the ETL flows: runs, what they did, measured and alerted, where rows came from and went to; and the
-- functions that make their tables under any name.

create table if not exists etl_runs (
    run_id         bigint generated always as identity primary key,
    flow           text not null,
    run_label      text not null default '',
    run_name       text not null,                -- the same one resumes
    execution_id   text not null default '',
    release        text not null default '',
    dry_run        boolean not null default false,
    parents        jsonb not null default '[]',  -- runs or executions that this one followed
    params         jsonb not null default '{}',
    status         text not null default 'running'
                   check (status in ('running', 'succeeded', 'planned', 'skipped', 'refused', 'failed')),
    total_rows     bigint,                       -- accepted
    expected_rows  bigint,                       -- extracted
    ratio          numeric(9, 6),                -- total / expected
    num_chunks     integer,
    duration_ms    bigint,
    outcome        jsonb not null default '{}',  -- code, message
    started_at     timestamptz not null default clock_timestamp(),
    finished_at    timestamptz,
    unique (flow, run_name, execution_id)
);
comment on table etl_runs is 'One row a run of an ETL flow: what it was asked for and how it ended';
create index if not exists etl_runs_flow on etl_runs (flow, run_label, started_at desc);

create table if not exists etl_improved_metrics (
    metric_id   bigint generated always as identity primary key,
    run_id      bigint not null references etl_runs on delete cascade,
    name        text not null,
    value       double precision not null,
    labels      jsonb not null default '{}',
    created_at  timestamptz not null default clock_timestamp(),
    unique (run_id, name, labels)                -- measured again by a retry: the newer value counts
);
comment on table etl_improved_metrics is 'What runs measured';
create index if not exists etl_improved_metrics_name on etl_improved_metrics (name, created_at desc);
create index if not exists etl_improved_metrics_labels on etl_improved_metrics using gin (labels jsonb_path_ops);

create table if not exists etl_improved_alerts (
    alert_id    bigint generated always as identity primary key,
    run_id      bigint references etl_runs on delete cascade,
    kind        text not null,
    level       text not null check (level in ('info', 'warning', 'critical')),
    message     text not null,
    detail      jsonb not null default '{}',
    created_at  timestamptz not null default clock_timestamp(),
    unique (run_id, kind, message)               -- raised again by a retry: the same alert
);
comment on table etl_improved_alerts is 'What people should look at';
create index if not exists etl_improved_alerts_kind on etl_improved_alerts (kind, created_at desc);
create index if not exists etl_improved_alerts_recent on etl_improved_alerts (created_at desc);
create index if not exists etl_improved_alerts_detail on etl_improved_alerts using gin (detail jsonb_path_ops);

create table if not exists etl_lineage_edges (
    run_id      bigint not null references etl_runs on delete cascade,
    direction   text not null check (direction in ('input', 'output')),
    dataset     text not null,                   -- such as postgres:source.sales_events
    rows        bigint,
    checksum    text,
    created_at  timestamptz not null default clock_timestamp(),
    primary key (run_id, direction, dataset)
);
comment on table etl_lineage_edges is 'What a run read and wrote';
create index if not exists etl_lineage_edges_dataset on etl_lineage_edges (dataset, run_id);

create or replace view etl_lineage as
select r.run_id, r.flow, r.run_label, r.run_name, r.execution_id, r.release, r.parents, r.dry_run, r.status,
       coalesce(e.inputs, '[]') as inputs, coalesce(e.outputs, '[]') as outputs, r.started_at, r.finished_at
from etl_runs r
left join lateral (
    select jsonb_agg(edge order by dataset) filter (where direction = 'input') as inputs,
           jsonb_agg(edge order by dataset) filter (where direction = 'output') as outputs
    from (select direction, dataset,
                 jsonb_strip_nulls(jsonb_build_object('dataset', dataset, 'rows', rows, 'checksum', checksum)) as edge
          from etl_lineage_edges where run_id = r.run_id) edges
) e on true;

-- The newest value of each metric.
create or replace view v_etl_latest_metrics as
select distinct on (r.flow, r.run_label, m.name, m.labels)
       r.flow, r.run_label, m.name, m.labels, m.value, m.run_id, r.run_name, m.created_at
from etl_improved_metrics m
join etl_runs r using (run_id)
where not r.dry_run
order by r.flow, r.run_label, m.name, m.labels, m.created_at desc;

create or replace view v_etl_recent_alerts as
select a.alert_id, a.kind, a.level, a.message, a.detail, a.run_id, r.flow, r.run_label, r.run_name, a.created_at
from etl_improved_alerts a
left join etl_runs r using (run_id)
where a.created_at > now() - interval '7 days'
order by a.created_at desc;

create materialized view if not exists mv_etl_metrics_daily as
select (m.created_at at time zone 'UTC')::date as day, r.flow, r.run_label, m.name,
       count(*) as measured, min(m.value) as least, avg(m.value) as mean, max(m.value) as greatest, sum(m.value) as total,
       percentile_cont(0.5) within group (order by m.value) as p50,
       percentile_cont(0.95) within group (order by m.value) as p95,
       percentile_cont(0.99) within group (order by m.value) as p99
from etl_improved_metrics m
join etl_runs r using (run_id)
where not r.dry_run
group by 1, 2, 3, 4;
-- Without a unique index on plain columns there is no concurrent refresh.
create unique index if not exists mv_etl_metrics_daily_key on mv_etl_metrics_daily (day, flow, run_label, name);

create materialized view if not exists mv_etl_alerts_daily as
select (a.created_at at time zone 'UTC')::date as day, coalesce(r.flow, '') as flow, a.kind, a.level,
       count(*) as alerts, max(a.created_at) as newest_at
from etl_improved_alerts a
left join etl_runs r using (run_id)
group by 1, 2, 3, 4;
create unique index if not exists mv_etl_alerts_daily_key on mv_etl_alerts_daily (day, flow, kind, level);

create or replace function refresh_etl_mvs() returns void language plpgsql as $$
declare
    view_name text;
begin
    foreach view_name in array array['mv_etl_metrics_daily', 'mv_etl_alerts_daily'] loop
        -- Readers go on meanwhile; a view that holds nothing yet (after a restore without data) must be filled first.
        if (select relispopulated from pg_class where oid = ('public.' || view_name)::regclass) then
            execute format('refresh materialized view concurrently public.%I', view_name);
        else
            execute format('refresh materialized view public.%I', view_name);
        end if;
    end loop;
end $$;
comment on function refresh_etl_mvs is 'Bring the daily figures up to date; readers are not blocked';

create or replace function create_monthly_partition(
    p_month date default null, p_table text default 'etl_improved_events', p_schema text default 'public'
) returns text language plpgsql as $$
declare
    v_first  date := date_trunc('month', coalesce(p_month, (now() at time zone 'UTC')::date))::date;
    v_next   date := (v_first + interval '1 month')::date;
    v_name   text := format('%s_%s', p_table, to_char(v_first, 'YYYY_MM'));
    v_parent regclass := format('%I.%I', p_schema, p_table)::regclass;
begin
    perform pg_advisory_xact_lock(hashtextextended('etl:partition:' || v_parent::oid, 0));
    if exists (select from pg_inherits where inhparent = v_parent
               and inhrelid = to_regclass(format('%I.%I', p_schema, v_name))) then
        return v_name;
    end if;
    -- Made apart and attached, because CREATE … PARTITION OF would keep everybody from the table meanwhile.
    execute format('create table %I.%I (like %s including defaults including constraints including storage)',
                   p_schema, v_name, v_parent);
    execute format('alter table %s attach partition %I.%I for values from (%L) to (%L)',
                   v_parent, p_schema, v_name, v_first || 'T00:00:00Z', v_next || 'T00:00:00Z');
    return v_name;
exception
    when invalid_object_definition then  -- a partition of another name covers the month, or a part of it
        return null;
end $$;
comment on function create_monthly_partition is
    'Make the partition of a month (UTC) and return its name; null where another partition covers it';

-- Uniqueness over partitions: a key of a partitioned table must hold the time, so two versions of an event are two rows
-- for Postgres. The older ones go in the transaction that brings a newer one, and one that comes late does not stay.
create or replace function etl_keep_newest() returns trigger language plpgsql as $$
begin
    -- Two transactions that bring versions of one event would not see each other's; the second waits for the commit.
    perform pg_advisory_xact_lock(hashtextextended('etl:newest:' || tg_relid, 0));
    execute format(
        'delete from %1$s old using %1$s newer '
        'where old.event_id in (select event_id from etl_new_rows) '
        'and newer.event_id = old.event_id and newer.occurred_at > old.occurred_at', tg_relid::regclass);
    return null;
end $$;

create or replace function etl_create_events(p_schema text, p_table text) returns void language plpgsql as $$
declare
    v_name text := format('%I.%I', p_schema, p_table);
begin
    execute format('create table if not exists %s (
        event_id     text not null,
        customer_id  bigint not null,
        event_type   text not null,
        occurred_at  timestamptz not null,
        amount       numeric(12, 2) not null,
        currency     text not null,
        quantity     integer not null,
        payload      jsonb,
        net_amount   numeric(14, 2),
        fingerprint  text,
        loaded_at    timestamptz not null default clock_timestamp(),
        primary key (event_id, occurred_at)
    ) partition by range (occurred_at)', v_name);
    perform etl_index_events(p_schema, p_table);
end $$;
comment on function etl_create_events is 'Make a table of events, partitioned by month, with its indexes';

create or replace function etl_index_events(p_schema text, p_table text) returns void language plpgsql as $$
declare
    v_name text := format('%I.%I', p_schema, p_table);
begin
    execute format('create index if not exists %I on %s (event_type, occurred_at)', p_table || '_type', v_name);
    execute format('create index if not exists %I on %s using gin (payload jsonb_path_ops)', p_table || '_payload', v_name);
    -- Days arrive in order, so a range of times is a range of pages; a thousandth of a B-tree's size.
    execute format('create index if not exists %I on %s using brin (occurred_at)', p_table || '_time', v_name);
    execute format('create or replace trigger etl_keep_newest after insert on %s
        referencing new table as etl_new_rows for each statement execute function etl_keep_newest()', v_name);
end $$;

create or replace function etl_create_audit(p_schema text, p_table text) returns void language plpgsql as $$
begin
    execute format('create table if not exists %I.%I (
        audit_id      bigint generated always as identity primary key,
        run_id        bigint references public.etl_runs on delete cascade,
        action        text not null,
        detail        jsonb not null default ''{}'',
        created_at    timestamptz not null default clock_timestamp()
    )', p_schema, p_table);
    execute format('create index if not exists %I on %I.%I (run_id, audit_id)', p_table || '_run', p_schema, p_table);
    execute format('create index if not exists %I on %I.%I (action, created_at)', p_table || '_action', p_schema, p_table);
    execute format('create index if not exists %I on %I.%I using gin (detail jsonb_path_ops)', p_table || '_detail',
                   p_schema, p_table);
end $$;
comment on function etl_create_audit is 'Make a table of audit entries with its indexes';

select etl_create_events('public', 'etl_improved_events');
select etl_create_audit('public', 'etl_improved_audit');
