-- Backfills: ranges of a dataset that are brought window by window, and proven.

create table if not exists etl_backfills (
    backfill_id  text primary key,             -- the run's name; the same one goes on
    dataset      text not null,
    source       text not null,
    target       text not null,                -- schema.table
    step         text not null check (step in ('day', 'week', 'month')),
    since        timestamptz not null,
    until        timestamptz not null,
    started_at   timestamptz not null default clock_timestamp(),
    finished_at  timestamptz,                  -- every window is proven
    check (since <= until)
);
comment on table etl_backfills is 'Every backfill: which range of which dataset, in which windows';

create table if not exists etl_backfill_windows (
    backfill_id  text not null references etl_backfills on delete cascade,
    since        timestamptz not null,
    until        timestamptz not null,
    state        text not null default 'waiting' check (state in ('waiting', 'loaded', 'proven', 'thin', 'failed')),
    code         text,                         -- of what hindered it, or of what the proof found
    passes       boolean not null default false,   -- what hindered it may pass
    readings     integer not null default 0,   -- how often it was taken from the source
    load_id      text,                         -- of the last reading, as are the figures
    checksum     text,
    rows         bigint,                       -- keys
    bad          bigint,
    changed      bigint,                       -- rows of the target that the last reading inserted or updated
    inserted     bigint not null default 0,    -- by all readings
    updated      bigint not null default 0,
    started_at   timestamptz,
    finished_at  timestamptz,
    primary key (backfill_id, since),
    check (since < until)
);
comment on table etl_backfill_windows is 'The windows of the backfills: what was loaded, and what the proof found';
create index if not exists etl_backfill_windows_open on etl_backfill_windows (backfill_id, since)
    where state in ('waiting', 'loaded', 'failed');
