-- Leads: people who talk to a ManyChat bot, their contacts in HubSpot, and every event that told of them.

create schema if not exists leads;

create table if not exists leads.leads (
    lead_id             text primary key,              -- L- and ten symbols
    hubspot_id          text unique,                   -- null while the contact is not written
    manychat_id         text,                          -- the newest; all of them are in leads.identities
    email               text,
    phone               text,                          -- E.164
    properties          jsonb not null default '{}',   -- our field -> value, as text
    stamps              jsonb not null default '{}',   -- our field -> {at, key, by}: since when, by which event and side
    sent                jsonb not null default '{}',   -- HubSpot's property -> value that we last wrote or took over
    intents             jsonb not null default '[]',   -- what was being written when no answer was recorded, oldest first
    state               text not null default 'new' check (state in ('new', 'synced', 'refused', 'deleted')),
    problem             text,                          -- why it is refused, or what HubSpot did not take
    created_at          timestamptz not null default clock_timestamp(),
    updated_at          timestamptz not null default clock_timestamp(),   -- when our side last changed
    sent_at             timestamptz,
    hubspot_updated_at  timestamptz                    -- HubSpot's lastmodifieddate as we last saw it
);
comment on table leads.leads is 'One row a person; personal data: docs/leads.md says how long and how it is erased';
create index if not exists leads_updated on leads.leads (updated_at);
create index if not exists leads_email on leads.leads (email);
create index if not exists leads_phone on leads.leads (phone);

-- Whom an id belongs to. A person may have several ManyChat ids (one a channel) and have had several addresses.
create table if not exists leads.identities (
    kind     text not null check (kind in ('manychat', 'email')),
    value    text not null,
    lead_id  text not null references leads.leads (lead_id) on delete cascade,
    primary key (kind, value)
);
create index if not exists identities_lead on leads.identities (lead_id);

-- Every event, stored before anything is done with it.
create table if not exists leads.inbox (
    key           text primary key,                    -- leads.key: the same for each delivery
    raw           jsonb not null,
    lead          jsonb,                               -- normalised, by whoever collects it
    happened_at   timestamptz not null,                -- last interaction, else when it arrived
    received_at   timestamptz not null default clock_timestamp(),
    execution_id  text not null,                       -- that stored it first
    deliveries    integer not null default 1,
    queued_s      real not null default 0,             -- from the post until it was stored: how far behind we are
    state         text not null default 'waiting' check (state in ('waiting', 'done', 'refused')),
    lead_id       text,                                -- whose event it is, once it was collected
    batch         text,                                -- the execution that wrote it
    outcome       text,                                -- created, updated, unchanged, or the code of the refusal
    done_at       timestamptz,
    answer        text not null default 'none' check (answer in ('none', 'due', 'done', 'failed')),
    answer_tries  integer not null default 0
);
create index if not exists inbox_waiting on leads.inbox (received_at) where state = 'waiting';
create index if not exists inbox_answer on leads.inbox (done_at) where answer = 'due';
create index if not exists inbox_lead on leads.inbox (lead_id);

-- What a person should look at: an address of somebody else, a property that HubSpot refuses.
create table if not exists leads.troubles (
    trouble_id  bigint generated always as identity primary key,
    lead_id     text references leads.leads (lead_id) on delete cascade,
    event_key   text,
    code        text not null,
    property    text not null default '',
    detail      text not null default '',
    found_at    timestamptz not null default clock_timestamp(),
    told_at     timestamptz,                           -- when Slack was told
    unique (lead_id, code, property, detail)
);
create index if not exists troubles_untold on leads.troubles (found_at) where told_at is null;

-- One row at most: until when nobody calls HubSpot, because it failed a moment ago.
create table if not exists leads.gate (
    single    boolean primary key default true check (single),
    failures  integer not null default 0,
    until     timestamptz not null default '-infinity',
    code      text
);

-- The options of properties of HubSpot, as they were when they were last read.
create table if not exists leads.options (
    name     text primary key,
    options  jsonb not null,
    read_at  timestamptz not null default clock_timestamp()
);
