-- When an execution's state changed last, so that an older reading never replaces a newer one; and the baselines of the
-- figures that are watched.

alter table ops.flow_runs add column if not exists changed_at timestamptz not null default '1970-01-01';
comment on column ops.flow_runs.changed_at is 'When its state changed last, by Kestra';

create table if not exists ops.baselines (
    series      text not null,                     -- such as etl_rows/sales_events
    weekday     smallint not null check (weekday between 0 and 7),  -- 1: Monday (UTC); 0: all days
    samples     bigint not null default 0,
    mean        double precision not null default 0,
    deviation   double precision not null default 0,  -- of the absolute difference from the mean
    beyond      integer not null default 0,        -- in a row outside the bounds on the same side; negative: below
    last_key    text not null default '',          -- of the sample that came last
    updated_at  timestamptz not null default clock_timestamp(),
    primary key (series, weekday)
);
comment on table ops.baselines is 'What a figure is used to be; see docs/watch.md';

create table if not exists ops.baseline_samples (
    series      text not null,
    key         text not null,                     -- of the run that measured it: taken once
    at          timestamptz not null,
    weekday     smallint not null,
    value       double precision not null,
    verdict     text not null check (verdict in ('learning', 'normal', 'low', 'high')),
    seen_at     timestamptz not null default clock_timestamp(),
    primary key (series, key)
);
comment on table ops.baseline_samples is 'The samples of each series, and what was thought of them';
create index if not exists baseline_samples_in_order on ops.baseline_samples (series, weekday, at, key);
