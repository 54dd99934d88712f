-- The statements that cost most, as pg_stat_statements has them, day by day; docs/database.md.

comment on column ops.flow_runs.run_s is 'Its first task''s start to its end, without pauses';

create table if not exists ops.slow_queries (
    day        date not null,                      -- UTC
    query_id   bigint not null,                    -- pg_stat_statements.queryid
    role       text not null default '',
    query      text not null,                      -- with $1 for each value, redacted
    calls      bigint not null,
    total_ms   double precision not null,
    mean_ms    double precision not null,
    max_ms     double precision not null,
    rows       bigint not null,
    hit_ratio  double precision,                   -- blocks found in memory; null: none were needed
    wal_bytes  numeric not null default 0,
    plan       text,                               -- generic, without values; null: it has none
    taken_at   timestamptz not null default clock_timestamp(),
    primary key (day, query_id, role)
);
comment on table ops.slow_queries is 'The costliest statements since the counters were reset, one row a day';
create index if not exists slow_queries_by_cost on ops.slow_queries (day desc, total_ms desc);

-- Where the extension is installed and preloaded (deploy/docker); elsewhere the report says that it is absent.
do $$
begin
    if exists (select from pg_available_extensions where name = 'pg_stat_statements') then
        create extension if not exists pg_stat_statements;
    end if;
exception
    when insufficient_privilege then
        raise notice 'pg_stat_statements is not made: ask for it as the superuser';
end $$;
