-- Receipts that a person must look at: who decided what, and what was changed. A correction is a labelled example:
-- with the picture's address and the raw readings of tickets.attempts it says what should have been read.

alter table tickets.tickets add column if not exists revision integer not null default 1;
comment on column tickets.tickets.revision is 'Raised by each decision; keys of effects on what was decided carry it';

-- One row a ticket. The decision is written here first; the execution that waits for it is woken afterwards.
create table if not exists tickets.reviews (
    review_id     text primary key,              -- R- and the ticket's ten characters
    ticket_id     text not null unique references tickets.tickets (ticket_id),
    state         text not null default 'open' check (state in ('open', 'decided', 'applied', 'expired')),
    opened_at     timestamptz not null default now(),
    expires_at    timestamptz not null,
    execution_id  text not null,                 -- the execution that waits; blank: none does
    attempts      integer not null default 0,    -- how often another execution was sent after the first
    next_attempt_at timestamptz,
    reminded      integer not null default 0,
    reminded_at   timestamptz,
    escalated_at  timestamptz,
    decision      jsonb,                         -- {"action", "changes"}
    decided_by    text,
    decided_via   text check (decided_via in ('console', 'whatsapp', 'slack', 'kestra')),
    decided_at    timestamptz,
    applied_at    timestamptz,
    finished_at   timestamptz,                   -- its row, document and answers are there
    check ((state in ('decided', 'applied')) = (decision is not null)),
    check ((decision is null) = (decided_at is null))
);

create index if not exists reviews_unfinished on tickets.reviews (opened_at) where finished_at is null;

-- A reply quotes a message of ours by the id that WhatsApp gave it.
create index if not exists effects_messages on ops.effects ((result ->> 'message_id')) where kind = 'whatsapp.text';

-- One row a changed field.
create table if not exists tickets.corrections (
    id         bigint generated always as identity primary key,
    ticket_id  text not null references tickets.tickets (ticket_id),
    revision   integer not null,                 -- of the ticket, after the change
    field      text not null,
    was        text,
    became     text,
    by         text not null,
    via        text not null,
    at         timestamptz not null default now(),
    unique (ticket_id, revision, field)
);
