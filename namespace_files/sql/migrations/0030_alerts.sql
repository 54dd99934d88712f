-- What people are told of: one row a trouble, from its first failure to its end, and one row for each thing to be told.

create table if not exists ops.alerts (
    alert_id         bigint generated always as identity primary key,
    key              text not null,                   -- flow, data date and error class: the same trouble
    event            text not null,                   -- the rule of config/alerts.yaml
    level            text not null check (level in ('INFO', 'WARNING', 'CRITICAL')),
    level_before     text,                            -- the level before the last failure; a raise is told
    namespace        text not null default '',
    flow_id          text not null default '',
    data_date        date,
    error_class      text not null default '',
    title            text not null,
    message          text not null default '',        -- of the last failure, redacted
    detail           jsonb not null default '{}',
    execution_id     text not null default '',        -- of the last failure
    runbook          text not null default '',
    recovers         text not null default 'success' check (recovers in ('success', 'caller')),
    count            bigint not null default 1,
    state            text not null default 'firing' check (state in ('firing', 'resolved')),
    test             boolean not null default false,
    fired_at         timestamptz not null default clock_timestamp(),
    seen_at          timestamptz not null default clock_timestamp(),
    resolved_at      timestamptz,
    resolved_by      text,                            -- an execution, or what found it recovered
    acknowledged_at  timestamptz,
    acknowledged_by  text,
    snoozed_until    timestamptz,
    escalated_at     timestamptz
);
comment on table ops.alerts is 'Troubles that people were told of; see docs/alerts.md';
create unique index if not exists alerts_firing on ops.alerts (key) where state = 'firing';
create index if not exists alerts_of_key on ops.alerts (key, fired_at desc);
create index if not exists alerts_recent on ops.alerts (fired_at desc);
create index if not exists alerts_of_flow on ops.alerts (namespace, flow_id) where state = 'firing';

create table if not exists ops.alert_deliveries (
    delivery_id    bigint generated always as identity primary key,
    mark           uuid not null default gen_random_uuid(), -- our id in the message, by which it is looked up
    alert_id       bigint not null references ops.alerts on delete cascade,
    channel        text not null,                     -- of config/alerts.yaml, such as incidents
    change         text not null
                   check (change in ('fired', 'again', 'escalated', 'counted', 'acknowledged', 'resolved')),
    state          text not null default 'pending'
                   check (state in ('pending', 'sending', 'sent', 'failed', 'unknown', 'dropped')),
    reference      text,                              -- the provider's id of the message
    shown          text,                              -- what of the alert it told, so that nothing is told twice
    attempts       integer not null default 0,
    error          text,
    due_at         timestamptz not null default clock_timestamp(),
    claimed_until  timestamptz,                       -- from then on its sender counts as dead
    created_at     timestamptz not null default clock_timestamp(),
    sent_at        timestamptz
);
comment on table ops.alert_deliveries is 'Outbox: written with the alert, sent afterwards, each at most once';
create unique index if not exists alert_deliveries_waiting on ops.alert_deliveries (alert_id, channel, change)
    where state = 'pending';
create index if not exists alert_deliveries_of_alert on ops.alert_deliveries (alert_id, channel, delivery_id);
create index if not exists alert_deliveries_due on ops.alert_deliveries (due_at)
    where state in ('pending', 'sending', 'unknown');
