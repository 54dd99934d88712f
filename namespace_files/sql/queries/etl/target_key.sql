-- Whether a unique index is on exactly these columns, so that ON CONFLICT can name them.
select exists (
    select from pg_index i
    where i.indrelid = to_regclass(%(target)s) and i.indisunique and i.indisvalid
      and i.indpred is null and i.indexprs is null
      and (select array_agg(a.attname::text order by a.attname)
           from pg_attribute a
           where a.attrelid = i.indrelid and a.attnum = any ((i.indkey::smallint[])[0:i.indnkeyatts - 1])) = %(key)s::text[]
) as there
