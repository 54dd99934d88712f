-- An execution that runs again stores nothing and counts nothing.
insert into leads.inbox as present (key, raw, happened_at, execution_id, queued_s)
values (%(key)s, %(raw)s, coalesce(%(happened_at)s, clock_timestamp()), %(execution_id)s, %(queued_s)s)
on conflict (key) do update
    set deliveries = present.deliveries + (present.execution_id <> excluded.execution_id)::int
returning execution_id = %(execution_id)s as ours
