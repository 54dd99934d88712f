-- What GET /metrics reads by time: without these every scrape would read whole tables.

create index if not exists messages_finished on tickets.messages (finished_at) where finished_at is not null;
create index if not exists tickets_created on tickets.tickets (created_at);
create index if not exists inbox_done on leads.inbox (done_at) where done_at is not null;
create index if not exists claims_held on ops.claims (lease_until) where state = 'held';
create index if not exists effects_unsettled on ops.effects (kind, state, started_at) where state in ('started', 'unknown');
