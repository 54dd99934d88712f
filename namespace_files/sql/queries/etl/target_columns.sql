select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, c.relkind::text as kind
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
where c.oid = to_regclass(%(target)s)
order by a.attnum
