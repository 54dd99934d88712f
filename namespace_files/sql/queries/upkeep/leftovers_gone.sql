delete from ops.maintenance_leftovers where not exists (select from pg_class where oid = relation)
