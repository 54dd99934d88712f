-- r: a plain table, p: a partitioned one.
select relkind::text as kind from pg_class where oid = to_regclass(%(table)s)
