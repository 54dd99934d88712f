-- What is known of merchants by their tax number, learned from accepted receipts and from corrections; and what kind
-- of expense a ticket is.

create table if not exists tickets.merchants (
    tax_id           text primary key,
    name             text,                       -- what is remembered; null until enough readings agree
    name_source      text check (name_source in ('correction', 'readings')),
    category         text,
    category_source  text check (category_source in ('correction', 'readings')),
    currency         char(3),
    tax_rates        numeric(5, 2)[] not null default '{}',
    receipts         integer not null default 0, -- accepted ones
    corrections      integer not null default 0,
    first_seen       timestamptz not null default now(),
    last_seen        timestamptz not null default now()
);

-- Each value that was seen for a merchant, and how often: what is remembered is chosen among them.
create table if not exists tickets.merchant_votes (
    tax_id        text not null references tickets.merchants (tax_id) on delete cascade,
    field         text not null check (field in ('name', 'category', 'currency', 'tax_rate')),
    key           text not null,                 -- the value as it is compared
    value         text not null,                 -- as it was written last
    readings      integer not null default 0,
    corrections   integer not null default 0,
    corrected_at  timestamptz,
    primary key (tax_id, field, key)
);

alter table tickets.tickets add column if not exists category text;
alter table tickets.tickets add column if not exists account text;
