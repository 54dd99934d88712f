-- The sync of leads with HubSpot: where it stands, what it did with each row, and what HubSpot's webhooks told.

-- What the sync knows of a lead beside leads.leads.
create table if not exists leads.sync_rows (
    lead_id    text primary key references leads.leads (lead_id) on delete cascade,
    looked_at  timestamptz,                   -- leads.updated_at when the sync last settled it; null: something is left
    seen       jsonb not null default '{}',   -- HubSpot's property -> its value when the sync last saw it
    seen_at    timestamptz,                   -- the contact's lastmodifieddate then
    heard      jsonb not null default '{}',   -- HubSpot's property -> milliseconds of the change that a webhook told
    full_run   bigint,                        -- the last full run that saw its contact
    problem    text,                          -- code of what hinders it; it is tried again at each run
    tries      integer not null default 0
);
create index if not exists sync_rows_unsettled on leads.sync_rows (lead_id) where looked_at is null;

create table if not exists leads.sync_runs (
    run_id        bigint generated always as identity primary key,
    mode          text not null check (mode in ('changes', 'full')),
    state         text not null default 'running' check (state in ('running', 'done', 'replaced')),
    phase         text not null default 'pull' check (phase in ('pull', 'gone', 'push', 'done')),
    cursor        text not null default '',   -- within the phase: a page of the list, or an id
    since         timestamptz not null,
    until         timestamptz not null,       -- the watermark, once the run is done
    execution_id  text not null,              -- that began it
    counts        jsonb not null default '{}',
    started_at    timestamptz not null default clock_timestamp(),
    finished_at   timestamptz
);
create unique index if not exists sync_runs_one on leads.sync_runs ((true)) where state = 'running';

create table if not exists leads.sync_log (
    log_id        bigint generated always as identity primary key,
    execution_id  text not null,
    lead_id       text references leads.leads (lead_id) on delete cascade,
    hubspot_id    text,
    action        text not null,              -- docs/leads-sync.md has the list
    properties    text[] not null default '{}',   -- their names in HubSpot, never their values
    code          text,
    at            timestamptz not null default clock_timestamp()
);
create index if not exists sync_log_lead on leads.sync_log (lead_id);
create index if not exists sync_log_at on leads.sync_log (at);

-- Each event of HubSpot's webhooks once, without its value.
create table if not exists leads.hubspot_events (
    key           text primary key,           -- digest of what makes the event this one, the attempt left out
    kind          text not null,              -- contact.propertyChange and the like
    hubspot_id    text not null,
    property      text,
    occurred_at   timestamptz not null,
    received_at   timestamptz not null default clock_timestamp(),
    execution_id  text not null,
    outcome       text not null default 'new'
);
create index if not exists hubspot_events_received on leads.hubspot_events (received_at);
