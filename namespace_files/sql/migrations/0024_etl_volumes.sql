-- How many rows each run of an ETL flow extracted: what the next one of that weekday and window is compared with.

create table if not exists etl_volumes (
    run_name     text not null,
    dataset      text not null,
    load_window  text not null,                  -- since/until, or all
    seconds      bigint not null,                -- its length; 0: everything
    weekday      smallint not null check (weekday between 1 and 7),
    rows         bigint not null,
    verdict      text not null check (verdict in ('unknown', 'normal', 'low', 'high')),
    observed_at  timestamptz not null default clock_timestamp(),
    primary key (run_name, dataset)
);
comment on table etl_volumes is 'Rows that each run extracted, by weekday and length of window';
create index if not exists etl_volumes_recent on etl_volumes (dataset, seconds, weekday, observed_at desc);
