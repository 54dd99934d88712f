-- Who is signed in to the console, and what people did there.
create table if not exists ops.console_sessions (
    token_hash  bytea primary key,                 -- SHA-256 of the cookie: who reads this table can be nobody
    person      text not null,
    via         text not null check (via in ('password', 'proxy')),
    stamp       text not null default '',          -- digest of the password entry: a new password ends the session
    csrf        text not null,                     -- what each form of this session carries
    notice      jsonb,                             -- what the next page tells, once
    created_at  timestamptz not null default clock_timestamp(),
    seen_at     timestamptz not null default clock_timestamp(),
    ends_at     timestamptz not null
);
comment on table ops.console_sessions is 'Sessions of the web console; see console.sessions';
create index if not exists console_sessions_by_end on ops.console_sessions (ends_at);

create table if not exists ops.console_actions (
    action_id   bigint generated always as identity primary key,
    once        text not null,                     -- digest of action, target and what was seen: the same press again
    at          timestamptz not null default clock_timestamp(),
    person      text not null,
    action      text not null,                     -- such as alerts.acknowledge
    target      text not null,
    detail      jsonb not null default '{}',
    outcome     text not null default 'begun' check (outcome in ('begun', 'done', 'failed')),
    code        text,                              -- why it failed
    client      text not null default ''
);
comment on table ops.console_actions is 'Who did what in the web console, and when; see console.actions';
create unique index if not exists console_actions_once on ops.console_actions (once) where outcome <> 'failed';
create index if not exists console_actions_by_time on ops.console_actions (at desc);

-- What the first page counts.
create index if not exists reviews_open on tickets.reviews (expires_at) where state = 'open';
create index if not exists troubles_found on leads.troubles (found_at);
