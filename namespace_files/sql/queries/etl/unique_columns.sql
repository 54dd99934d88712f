-- The columns of a unique index, which the name of its constraint is too.
select array_agg(a.attname::text order by a.attnum) as columns
from pg_class c
join pg_index i on i.indexrelid = c.oid and i.indisunique and i.indpred is null and i.indexprs is null
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any ((i.indkey::smallint[])[0:i.indnkeyatts - 1])
where c.relname = %(name)s and i.indrelid = to_regclass(%(target)s)
