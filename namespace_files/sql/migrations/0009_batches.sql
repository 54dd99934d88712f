-- Pictures that one sender sends in one burst share one answer: who belongs together, and who was told what.

create table if not exists tickets.batches (
    batch_id         text primary key,           -- B- and the reference of its first ticket
    sender_id        text not null,
    phone_number_id  text not null,
    state            text not null default 'open' check (state in ('open', 'sealed')),
    opened_at        timestamptz not null default clock_timestamp(),
    sealed_at        timestamptz                 -- from then on nobody joins, and the answer is decided
);
comment on table tickets.batches is 'A burst of pictures of one sender; its row is the lock that decides who answers';

create index if not exists batches_open on tickets.batches (sender_id, phone_number_id, opened_at)
    where state = 'open';

create table if not exists tickets.batch_members (
    ticket_id  text primary key,
    batch_id   text not null references tickets.batches (batch_id) on delete cascade,
    -- waiting: not read yet. ready: has its verdict and waits for the others. troubled: hindered, its sender knows
    -- nothing yet. After the seal: told (the summary names its verdict) or alone (it has an answer of its own).
    state      text not null default 'waiting' check (state in ('waiting', 'ready', 'troubled', 'told', 'alone')),
    joined_at  timestamptz not null default clock_timestamp()
);

create index if not exists batch_members_batch on tickets.batch_members (batch_id);
