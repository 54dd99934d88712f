-- What GET /metrics reads by time or by state and has no index yet: without these every scrape would read whole tables.

create index if not exists messages_finished on tickets.messages (finished_at) where finished_at is not null;
create index if not exists tickets_created on tickets.tickets (created_at);
create index if not exists inbox_done on leads.inbox (done_at) where done_at is not null;
create index if not exists claims_held on ops.claims (lease_until) where state = 'held';
