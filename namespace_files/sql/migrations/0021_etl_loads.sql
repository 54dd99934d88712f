-- What the loader did: one row a load, one a published chunk, and the rows that were not good enough.

create table if not exists etl_loads (
    load_id          text primary key,           -- the run's name; the same one resumes
    dataset          text not null,
    target           text not null,              -- schema.table
    load_window      text not null,              -- one run at a time a target and window
    source           text not null,
    state            text not null check (state in ('checking', 'refused', 'publishing', 'done', 'skipped')),
    plan             text check (plan in ('straight', 'diff')),
    source_checksum  text,                       -- over the checksums of the chunks
    chunks           integer,
    rows_read        bigint,
    rows_bad         bigint,
    rows_duplicate   bigint,                     -- left out in favour of a later one with the same key
    rows_inserted    bigint,
    rows_updated     bigint,
    attempts         integer not null default 1,
    started_at       timestamptz not null default clock_timestamp(),
    finished_at      timestamptz
);
comment on table etl_loads is 'Every load: what it read, how it was published, how it ended';
create index if not exists etl_loads_claim on etl_loads (target, load_window, source_checksum, finished_at)
    where state = 'done';

create table if not exists etl_load_chunks (
    load_id       text not null references etl_loads on delete cascade,
    chunk         integer not null,
    checksum      text not null,
    rows          integer not null,
    inserted      integer not null,
    updated       integer not null,
    committed_at  timestamptz not null default clock_timestamp(),
    primary key (load_id, chunk)
);
comment on table etl_load_chunks is 'Checkpoints: written in the transaction that published the chunk';

create table if not exists etl_quarantine (
    load_id      text not null,
    chunk        integer not null,
    line         integer not null,               -- of the chunk, from 1
    dataset      text not null,
    code         text not null,
    field        text,                           -- null: the row as a whole
    raw          text,                           -- the row as it came …
    raw_bytes    bytea,                          -- … or its bytes, when they are no text
    state        text not null default 'open' check (state in ('open', 'replayed', 'dropped')),
    replayed_by  text,                           -- the load that took it up again
    created_at   timestamptz not null default clock_timestamp(),
    primary key (load_id, chunk, line),
    check (num_nonnulls(raw, raw_bytes) = 1)
);
comment on table etl_quarantine is 'Rows that break their contract, with the reason; committed before their load publishes anything';
create index if not exists etl_quarantine_open on etl_quarantine (dataset, code, created_at) where state = 'open';
