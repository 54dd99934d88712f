select n.nspname as schema, c.relname as name, i.inhdetachpending as pending,
       pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' as is_default,
       (regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \('([^']+)'\)$$))[1]::timestamptz as since,
       (regexp_match(pg_get_expr(c.relpartbound, c.oid), $$TO \('([^']+)'\)$$))[1]::timestamptz as until,
       pg_total_relation_size(c.oid) as bytes, obj_description(c.oid, 'pg_class') as note
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
join pg_namespace n on n.oid = c.relnamespace
where i.inhparent = to_regclass(%(table)s) and c.relkind = 'r'
order by until nulls last, c.relname
