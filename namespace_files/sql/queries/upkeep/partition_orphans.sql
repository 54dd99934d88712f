select n.nspname as schema, c.relname as name, pg_total_relation_size(c.oid) as bytes
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and not c.relispartition and obj_description(c.oid, 'pg_class') = %(note)s
order by c.relname
