-- A source holds what came, so the fields of an event are text; the loader judges them.
create schema if not exists source;
create table if not exists source.customers (
    seq          bigint primary key,
    recorded_at  timestamptz not null,
    customer_id  bigint not null unique,
    name         text not null,
    email        text not null,
    country      text not null,
    segment      text not null
);
create table if not exists source.products (
    seq          bigint primary key,
    recorded_at  timestamptz not null,
    sku          text not null unique,
    name         text not null,
    price        numeric(12, 2) not null,
    currency     text not null
);
create table if not exists source.sales_events (
    seq          bigint primary key,
    recorded_at  timestamptz not null,
    event_id     text,
    customer_id  text,
    event_type   text,
    occurred_at  text,
    amount       text,
    currency     text,
    quantity     text,
    payload      text
);
comment on schema source is 'Made-up data of a shop, by the flow source_producer';
create index if not exists sales_events_recorded on source.sales_events (recorded_at, seq)
