-- Receipts that people send: the inbox, what was read from each picture, and what became of it.
-- Postgres is the truth; the sheet, the document, the card and the answer are projections of these rows.

create schema if not exists tickets;

-- One row a message that carries a picture, keyed by the provider's id (never by its body).
create table if not exists tickets.messages (
    message_id       text primary key,
    ticket_id        text not null unique,
    sender_id        text not null,              -- business-scoped user id, else phone number
    sender_phone     text,                       -- absent for people with a username
    sender_name      text,
    phone_number_id  text not null,              -- our number that received it, and that answers
    kind             text not null,
    caption          text,
    media            jsonb not null,
    sent_at          timestamptz not null,
    received_at      timestamptz not null default now(),
    execution_id     text not null,              -- the intake that accepted it
    state            text not null default 'received'
                     check (state in ('received', 'processing', 'pending', 'done', 'failed')),
    attempts         integer not null default 0,
    next_attempt_at  timestamptz,
    last_error       text,
    finished_at      timestamptz
);

create index if not exists messages_unfinished on tickets.messages (coalesce(next_attempt_at, received_at))
    where state in ('received', 'processing', 'pending');

-- Every delivery of a message, the repeated ones too.
create table if not exists tickets.deliveries (
    message_id    text not null,
    execution_id  text not null,
    duplicate     boolean not null,
    received_at   timestamptz not null default now(),
    primary key (message_id, execution_id)
);

-- What WhatsApp tells of the messages that we sent. They come out of order and may repeat.
create table if not exists tickets.statuses (
    message_id    text not null,
    status        text not null,
    recipient_id  text,
    callback      text,                          -- our effect key, echoed by biz_opaque_callback_data
    errors        jsonb,
    happened_at   timestamptz not null,
    received_at   timestamptz not null default now(),
    primary key (message_id, status)
);

create index if not exists statuses_callback on tickets.statuses (callback) where callback is not null;

-- What reached us and is no receipt: unsupported types, text, provider errors, poison.
create table if not exists tickets.notices (
    notice_id     text primary key,              -- message id, else a digest of the item
    kind          text not null,
    code          text,
    sender_id     text,
    payload       jsonb not null,
    execution_id  text not null,
    received_at   timestamptz not null default now()
);

-- One row a receipt: the fields as checked, the verdict, and where its projections are.
create table if not exists tickets.tickets (
    ticket_id        text primary key references tickets.messages (ticket_id),
    verdict          text not null check (verdict in ('accept', 'review', 'reject')),
    reasons          jsonb not null default '[]',
    provider         text,                       -- engine whose reading was taken
    model            text,
    scores           jsonb not null default '{}',
    receipt          jsonb not null default '{}',
    merchant         text,
    tax_id           text,
    issued_on        date,
    document_number  text,
    currency         char(3),
    total            numeric(14, 2),
    tax_total        numeric(14, 2),
    image_sha256     text,
    image_uri        text,
    document_uri     text,
    sheet_range      text,
    sheet_error      text,
    release          text not null,
    execution_id     text not null,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now()
);

create index if not exists tickets_unwritten on tickets.tickets (created_at)
    where sheet_range is null and verdict <> 'reject';

-- Every reading of a picture by an engine, the failed ones too, with what it cost.
create table if not exists tickets.attempts (
    ticket_id     text not null,
    execution_id  text not null,
    ordinal       smallint not null,
    provider      text not null,
    model         text,
    outcome       text not null,
    latency_ms    integer not null,
    tokens_in     integer,
    tokens_out    integer,
    cost_usd      numeric(12, 6),
    raw           jsonb,
    created_at    timestamptz not null default now(),
    primary key (ticket_id, execution_id, ordinal)
);
