create table {shadow} (like {table} including defaults including constraints including storage including comments
                       including generated) partition by range (occurred_at);
alter table {shadow}
    add column if not exists net_amount numeric(14, 2),
    add column if not exists fingerprint text,
    add column if not exists loaded_at timestamptz not null default clock_timestamp(),
    add primary key (event_id, occurred_at);
select etl_index_events({schema_name}, {shadow_name});
-- Versions of events are sorted out by the table itself from the swap on; a copy has none that the old one has not.
drop trigger etl_keep_newest on {shadow};
