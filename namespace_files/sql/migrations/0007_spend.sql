-- What the model services cost, by day and sender: reserved before a call, settled after it.

create table if not exists ops.spend (
    day         date not null,                  -- of the company's time zone
    provider    text not null,
    model       text not null,
    sender      text not null,                  -- business-scoped user id, else phone number
    calls       integer not null default 0,
    tokens_in   bigint not null default 0,
    tokens_out  bigint not null default 0,
    cost_usd    numeric(18, 9) not null default 0,
    primary key (day, provider, model, sender)
);
