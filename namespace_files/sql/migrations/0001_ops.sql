-- What must be exact under races: idempotency claims, the ledger of external effects, rate limits, counters.
create schema if not exists ops;

create table if not exists ops.claims (
    key          text primary key,
    holder       text not null,
    state        text not null check (state in ('held', 'done', 'free')),
    lease_until  timestamptz not null,
    result       jsonb,
    attempts     integer not null default 1,   -- how often it was won, the first time included
    refused      bigint not null default 0,    -- how often another came while it was held or done
    created_at   timestamptz not null default clock_timestamp(),
    updated_at   timestamptz not null default clock_timestamp()
);
comment on table ops.claims is 'Who does a piece of work that must be done once; key = the provider''s id of the event';

create table if not exists ops.effects (
    key          text primary key,
    kind         text not null,
    state        text not null check (state in ('started', 'done', 'failed', 'unknown')),
    result       jsonb,
    code         text,                         -- error code of the last failure
    execution_id text,                         -- the execution that began it last; null outside Kestra
    attempts     integer not null default 1,   -- calls begun
    started_at   timestamptz not null default clock_timestamp(),
    finished_at  timestamptz
);
comment on table ops.effects is 'What was done to the outside world: written before the call, completed after it';
create index if not exists effects_open on ops.effects (started_at) where state in ('started', 'unknown');

create table if not exists ops.rate_limits (
    key        text primary key,
    tat        timestamptz not null,           -- theoretical arrival time of the next call (GCRA)
    wait_s     double precision not null       -- of the last call, or what it would have been when refused
);
comment on table ops.rate_limits is 'One row a limiter; see kit.limits';

create table if not exists ops.counters (
    name       text not null,
    day        date not null,
    value      bigint not null default 0,
    primary key (name, day)
);
comment on table ops.counters is 'Daily counts of things worth alerting on (UTC days)';
