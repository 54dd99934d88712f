-- What the console and its metrics ask of the ETL book, in milliseconds however long the book is: indexes in the order
-- in which people page, and sums by day that outlive the runs they were made of.

create index if not exists etl_runs_newest on etl_runs (started_at desc, run_id desc);
create index if not exists etl_runs_newest_of_flow on etl_runs (flow, started_at desc, run_id desc);
create index if not exists etl_runs_newest_of_label on etl_runs (run_label, started_at desc, run_id desc);
create index if not exists etl_runs_newest_of_status on etl_runs (status, started_at desc, run_id desc);
create index if not exists etl_runs_rehearsals on etl_runs (started_at desc, run_id desc) where dry_run;
create index if not exists etl_runs_measured on etl_runs (finished_at desc, run_id desc)
    where finished_at is not null and total_rows is not null and expected_rows is not null;
create index if not exists etl_runs_of_execution on etl_runs (execution_id);
create index if not exists etl_runs_of_name on etl_runs (run_name);
create index if not exists etl_runs_parents on etl_runs using gin (parents jsonb_path_ops);

create table if not exists etl_run_days (
    day             date not null,                   -- UTC, on which the runs began
    flow            text not null,
    runs            bigint not null default 0,       -- that succeeded, failed or were refused; no rehearsal
    total_rows      bigint not null default 0,       -- accepted
    expected_rows   bigint not null default 0,       -- extracted
    ratio_runs      bigint not null default 0,       -- that have a ratio
    ratio_sum       numeric not null default 0,
    low_ratio_runs  bigint not null default 0,       -- of them, below etl_low_ratio()
    primary key (day, flow)
);
comment on table etl_run_days is 'Sums of the ended runs, by day: kept when retention deletes the runs themselves';

create or replace function etl_low_ratio() returns numeric language sql immutable parallel safe return 0.98;
comment on function etl_low_ratio is 'A run that accepted a smaller share of its rows is counted as low';

create or replace function etl_counts(status text, dry_run boolean) returns boolean
    language sql immutable parallel safe return status in ('succeeded', 'failed', 'refused') and not dry_run;
comment on function etl_counts is 'Whether a run is in the sums by day: it ended with a result, and was no rehearsal';

-- The sums move with the statement that begins, ends or takes up a run again; a DELETE moves nothing, on purpose.
create or replace function etl_add_run_days() returns trigger language plpgsql as $$
begin
    insert into public.etl_run_days as d
    select (started_at at time zone 'UTC')::date, flow, count(*), coalesce(sum(total_rows), 0),
           coalesce(sum(expected_rows), 0), count(ratio), coalesce(sum(ratio), 0),
           count(*) filter (where ratio < public.etl_low_ratio())
    from etl_new_runs where public.etl_counts(status, dry_run) group by 1, 2 order by 1, 2
    on conflict (day, flow) do update
    set runs = d.runs + excluded.runs, total_rows = d.total_rows + excluded.total_rows,
        expected_rows = d.expected_rows + excluded.expected_rows, ratio_runs = d.ratio_runs + excluded.ratio_runs,
        ratio_sum = d.ratio_sum + excluded.ratio_sum, low_ratio_runs = d.low_ratio_runs + excluded.low_ratio_runs;
    return null;
end $$;

create or replace function etl_move_run_days() returns trigger language plpgsql as $$
begin
    insert into public.etl_run_days as d
    select (started_at at time zone 'UTC')::date, flow, sum(sign), coalesce(sum(sign * total_rows), 0),
           coalesce(sum(sign * expected_rows), 0), coalesce(sum(sign) filter (where ratio is not null), 0),
           coalesce(sum(sign * ratio), 0), coalesce(sum(sign) filter (where ratio < public.etl_low_ratio()), 0)
    from (select 1 as sign, n.* from etl_new_runs n where public.etl_counts(status, dry_run)
          union all
          select -1, o.* from etl_old_runs o where public.etl_counts(status, dry_run)) moved
    group by 1, 2 order by 1, 2
    on conflict (day, flow) do update
    set runs = d.runs + excluded.runs, total_rows = d.total_rows + excluded.total_rows,
        expected_rows = d.expected_rows + excluded.expected_rows, ratio_runs = d.ratio_runs + excluded.ratio_runs,
        ratio_sum = d.ratio_sum + excluded.ratio_sum, low_ratio_runs = d.low_ratio_runs + excluded.low_ratio_runs;
    return null;
end $$;

-- The runs that are there already; nobody ends a run between the count and the triggers.
lock table etl_runs in share row exclusive mode;
insert into etl_run_days
select (started_at at time zone 'UTC')::date, flow, count(*), coalesce(sum(total_rows), 0),
       coalesce(sum(expected_rows), 0), count(ratio), coalesce(sum(ratio), 0),
       count(*) filter (where ratio < etl_low_ratio())
from etl_runs
where etl_counts(status, dry_run) and not exists (select from etl_run_days)
group by 1, 2;

create or replace trigger etl_add_run_days after insert on etl_runs
    referencing new table as etl_new_runs for each statement execute function etl_add_run_days();
create or replace trigger etl_move_run_days after update on etl_runs
    referencing old table as etl_old_runs new table as etl_new_runs
    for each statement execute function etl_move_run_days();

-- Pages of the quarantine, of one reason or of one run.
create index if not exists etl_quarantine_of_load on etl_quarantine (load_id, code);

-- Pages of tickets.
create index if not exists messages_newest on tickets.messages (received_at desc, ticket_id desc);
