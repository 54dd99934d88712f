-- What was erased, for whom nobody can tell any more, and what is still to be done of it.

-- Every execution that worked on a ticket: each may have left pictures and documents in storage.
create table if not exists tickets.executions (
    ticket_id     text not null,
    execution_id  text not null,
    began_at      timestamptz not null default clock_timestamp(),
    primary key (ticket_id, execution_id)
);

-- One row a run of tickets_erasure or tickets_retention. No personal data: counts, and the stand-in of who was erased.
create table if not exists tickets.privacy_runs (
    run_id       text primary key,               -- the execution
    kind         text not null check (kind in ('erasure', 'retention')),
    dry_run      boolean not null,
    reason       text,
    stand_in     text,                           -- what stands where the sender's id stood
    counts       jsonb not null default '{}',
    kept         jsonb not null default '[]',    -- references of what must be kept, with the amounts that were booked
    by_hand      jsonb not null default '[]',    -- what only a person can delete: places and references
    started_at   timestamptz not null default clock_timestamp(),
    finished_at  timestamptz
);
comment on table tickets.privacy_runs is 'Audit of erasures and of retention: who was erased is not in it';

-- What an erasure must still do outside of Postgres; whatever a crash leaves undone the next run of either flow does.
create table if not exists tickets.erasure_work (
    run_id   text not null references tickets.privacy_runs (run_id),
    kind     text not null check (kind in ('execution', 'file', 'sheet')),
    ref      text not null,                      -- the execution's id, the file's URI, or the ticket's id
    due_at   timestamptz not null default clock_timestamp(),
    done_at  timestamptz,
    outcome  text,                               -- deleted, gone, written, absent; or the code of what hinders it
    primary key (run_id, kind, ref)
);

create index if not exists erasure_work_open on tickets.erasure_work (due_at) where done_at is null;
