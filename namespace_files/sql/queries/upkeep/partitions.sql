-- The partitions of a table; `since` and `until` only where they are ranges of the column `time` alone.
with part as (
    select n.nspname as schema, c.relname as name, c.oid, i.inhdetachpending as pending,
           pg_get_expr(c.relpartbound, c.oid) as bound,
           p.partstrat = 'r' and p.partnatts = 1 and exists (
               select from pg_attribute a
               where a.attrelid = i.inhparent and a.attnum = p.partattrs[0] and a.attname = %(time)s
           ) as is_by_time
    from pg_inherits i
    join pg_partitioned_table p on p.partrelid = i.inhparent
    join pg_class c on c.oid = i.inhrelid
    join pg_namespace n on n.oid = c.relnamespace
    where i.inhparent = to_regclass(%(table)s) and c.relkind = 'r'
)
select schema, name, pending, bound = 'DEFAULT' as is_default,
       case when is_by_time then (regexp_match(bound, $$FROM \('([^']+)'\)$$))[1]::timestamptz end as since,
       case when is_by_time then (regexp_match(bound, $$TO \('([^']+)'\)$$))[1]::timestamptz end as until,
       pg_total_relation_size(oid) as bytes, obj_description(oid, 'pg_class') as note
from part
order by until nulls last, name
