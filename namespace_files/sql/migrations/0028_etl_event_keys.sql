-- The newest version of each event is found by a key of the event, whatever month it lies in.

-- Two transactions that bring versions of one event meet at its row here, and the second waits for the first; all others
-- pass each other. An event that was not here has no other version, so no partition is searched for it. A key stays when
-- its event goes: one too many costs a search, and is found by nobody else.
create table if not exists etl_event_keys (
    events  regclass not null,                   -- the table
    hash    bigint not null,                     -- of event_id
    primary key (events, hash)
);
comment on table etl_event_keys is 'Which events a table of events has had, by the hash of their ids';

create or replace function etl_keep_newest() returns trigger language plpgsql as $$
declare
    v_known bigint[];
begin
    with found as (
        select hashtextextended(event_id, 0) as hash, count(*) as versions from etl_new_rows group by 1
    ), met as (
        insert into public.etl_event_keys as keys (events, hash)
        select tg_relid, hash from found order by hash  -- always in this order, so that no two wait for each other
        on conflict (events, hash) do update set hash = excluded.hash
        returning keys.hash, keys.xmax <> 0 as known
    )
    select array_agg(hash) into v_known from met join found using (hash) where known or versions > 1;
    if v_known is not null then
        execute format(
            'delete from %1$s old using %1$s newer '
            'where old.event_id in (select event_id from etl_new_rows where hashtextextended(event_id, 0) = any ($1)) '
            'and newer.event_id = old.event_id and newer.occurred_at > old.occurred_at', tg_relid::regclass)
        using v_known;
    end if;
    return null;
end $$;

create or replace function etl_fill_event_keys(p_table regclass) returns void language plpgsql as $$
begin
    execute format('insert into public.etl_event_keys (events, hash)
        select distinct %L::regclass, hashtextextended(event_id, 0) from %s on conflict do nothing', p_table, p_table);
end $$;
comment on function etl_fill_event_keys is 'Make the keys of the events that a table has';

create or replace function etl_index_events(p_schema text, p_table text) returns void language plpgsql as $$
declare
    v_name text := format('%I.%I', p_schema, p_table);
begin
    execute format('create index if not exists %I on %s (event_type, occurred_at)', p_table || '_type', v_name);
    execute format('create index if not exists %I on %s using gin (payload jsonb_path_ops)', p_table || '_payload', v_name);
    -- Days arrive in order, so a range of times is a range of pages; a thousandth of a B-tree's size.
    execute format('create index if not exists %I on %s using brin (occurred_at)', p_table || '_time', v_name);
    if not exists (select from pg_trigger where tgrelid = v_name::regclass and tgname = 'etl_keep_newest') then
        execute format('create trigger etl_keep_newest after insert on %s
            referencing new table as etl_new_rows for each statement execute function etl_keep_newest()', v_name);
        perform etl_fill_event_keys(v_name::regclass);
    end if;
end $$;

-- The tables that are there; nobody writes to one between the making of its keys and the end of this migration.
do $$
declare
    v_table regclass;
begin
    for v_table in select tgrelid from pg_trigger where tgname = 'etl_keep_newest' and tgparentid = 0 loop
        execute format('lock table %s in share row exclusive mode', v_table);
        perform etl_fill_event_keys(v_table);
    end loop;
end $$;
