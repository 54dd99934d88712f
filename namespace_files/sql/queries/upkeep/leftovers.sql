-- Copies that etl_migration began (its record is their comment), and which of them nobody has gone on with since.
with there as (
    select c.oid as relation, n.nspname as schema, c.relname as name, obj_description(c.oid, 'pg_class') as note,
           coalesce((select sum(pg_total_relation_size(t.relid)) from pg_partition_tree(c.oid) t), 0)::bigint as bytes
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'p' and c.relname like '%%\_partitioned'
      and obj_description(c.oid, 'pg_class') like 'opsflows:partitioning %%'
)
select there.*, l.seen_at is not null and l.note = there.note and l.seen_at < %(cutoff)s as is_dead
from there
left join ops.maintenance_leftovers l using (relation)
order by schema, name
