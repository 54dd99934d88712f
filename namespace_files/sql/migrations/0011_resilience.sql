-- What processes share about a provider that fails, and what could not be done and waits for a person.
create table if not exists ops.breakers (
    provider    text primary key,
    state       text not null default 'closed' check (state in ('closed', 'open')),
    failures    integer not null default 0,        -- in a row, at most the number that opens it
    failed_at   timestamptz,                       -- the last of them
    code        text,                              -- its error code
    opened_at   timestamptz,
    cooldown_s  double precision,                  -- from one probe to the next
    probe_at    timestamptz,                       -- when the next call is let through
    probe_by    text,                              -- the call that was let through last and has not told its end yet
    forced      text check (forced in ('open', 'closed')),
    forced_seen timestamptz not null default '-infinity'  -- when Kestra's KV was asked last whether it is forced
);
comment on table ops.breakers is 'One row a provider; see kit.breaker';

create table if not exists ops.dead_letters (
    id           bigint generated always as identity primary key,
    provider     text not null,
    kind         text not null,                    -- says who can replay it (namespace_files/config/replayers.json)
    key          text not null,                    -- the work's own key, such as the id of an event
    reason       text not null,                    -- stable snake_case code
    error        text not null default '',         -- for people, redacted
    payload      jsonb,                            -- what is needed to try again; null once it was erased
    execution_id text,                             -- the execution that gave it up last; null outside Kestra
    attempts     integer not null default 1,       -- how often it was given up
    state        text not null default 'open' check (state in ('open', 'replayed', 'dropped')),
    created_at   timestamptz not null default clock_timestamp(),
    updated_at   timestamptz not null default clock_timestamp(),
    closed_at    timestamptz
);
comment on table ops.dead_letters is 'Work that was refused or given up, to be replayed; see kit.dead_letters';
create unique index if not exists dead_letters_open on ops.dead_letters (kind, key) where state = 'open';
create index if not exists dead_letters_by_age on ops.dead_letters (provider, created_at);
