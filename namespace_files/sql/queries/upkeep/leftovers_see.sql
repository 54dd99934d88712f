insert into ops.maintenance_leftovers as l (relation, note) values (%(relation)s, %(note)s)
on conflict (relation) do update set note = excluded.note, seen_at = clock_timestamp()
where l.note is distinct from excluded.note
