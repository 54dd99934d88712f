-- Receipts that people send: the inbox, what was read from each picture, and what became of it.
-- Postgres is the truth; the sheet, the document, the card and the answer are projections of these rows.

CREATE SCHEMA IF NOT EXISTS tickets;

-- One row a message that carries a picture, keyed by the provider's id (never by its body).
CREATE TABLE IF NOT EXISTS tickets.messages (
    message_id       text PRIMARY KEY,
    ticket_id        text NOT NULL UNIQUE,
    sender_id        text NOT NULL,              -- business-scoped user id, else phone number
    sender_phone     text,                       -- absent for people with a username
    sender_name      text,
    phone_number_id  text NOT NULL,              -- our number that received it, and that answers
    kind             text NOT NULL,
    caption          text,
    media            jsonb NOT NULL,
    sent_at          timestamptz NOT NULL,
    received_at      timestamptz NOT NULL DEFAULT now(),
    execution_id     text NOT NULL,              -- the intake that accepted it
    state            text NOT NULL DEFAULT 'received'
                     CHECK (state IN ('received', 'processing', 'pending', 'done', 'failed')),
    attempts         integer NOT NULL DEFAULT 0,
    next_attempt_at  timestamptz,
    last_error       text,
    finished_at      timestamptz
);

CREATE INDEX IF NOT EXISTS messages_unfinished ON tickets.messages (coalesce(next_attempt_at, received_at))
    WHERE state IN ('received', 'processing', 'pending');

-- Every delivery of a message, the repeated ones too.
CREATE TABLE IF NOT EXISTS tickets.deliveries (
    message_id    text NOT NULL,
    execution_id  text NOT NULL,
    duplicate     boolean NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, execution_id)
);

-- What WhatsApp tells of the messages that we sent. They come out of order and may repeat.
CREATE TABLE IF NOT EXISTS tickets.statuses (
    message_id    text NOT NULL,
    status        text NOT NULL,
    recipient_id  text,
    callback      text,                          -- our effect key, echoed by biz_opaque_callback_data
    errors        jsonb,
    happened_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, status)
);

CREATE INDEX IF NOT EXISTS statuses_callback ON tickets.statuses (callback) WHERE callback IS NOT NULL;

-- What reached us and is no receipt: unsupported types, text, provider errors, poison.
CREATE TABLE IF NOT EXISTS tickets.notices (
    notice_id     text PRIMARY KEY,              -- message id, else a digest of the item
    kind          text NOT NULL,
    code          text,
    sender_id     text,
    payload       jsonb NOT NULL,
    execution_id  text NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now()
);

-- One row a receipt: the fields as checked, the verdict, and where its projections are.
CREATE TABLE IF NOT EXISTS tickets.tickets (
    ticket_id        text PRIMARY KEY REFERENCES tickets.messages (ticket_id),
    verdict          text NOT NULL CHECK (verdict IN ('accept', 'review', 'reject')),
    reasons          jsonb NOT NULL DEFAULT '[]',
    provider         text,                       -- engine whose reading was taken
    model            text,
    scores           jsonb NOT NULL DEFAULT '{}',
    receipt          jsonb NOT NULL DEFAULT '{}',
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
    release          text NOT NULL,
    execution_id     text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS tickets_unwritten ON tickets.tickets (created_at)
    WHERE sheet_range IS NULL AND verdict <> 'reject';

-- Every reading of a picture by an engine, the failed ones too, with what it cost.
CREATE TABLE IF NOT EXISTS tickets.attempts (
    ticket_id     text NOT NULL,
    execution_id  text NOT NULL,
    ordinal       smallint NOT NULL,
    provider      text NOT NULL,
    model         text,
    outcome       text NOT NULL,
    latency_ms    integer NOT NULL,
    tokens_in     integer,
    tokens_out    integer,
    cost_usd      numeric(12, 6),
    raw           jsonb,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ticket_id, execution_id, ordinal)
);
