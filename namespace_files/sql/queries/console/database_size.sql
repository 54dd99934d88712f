-- The database (looked at once, by a subquery), and its largest tables with their indexes; partitions count for theirs.
with recursive roots as (
    select c.oid, c.oid as root from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'ops', 'tickets', 'leads') and c.relkind in ('r', 'p', 'm')
      and not exists (select from pg_inherits i where i.inhrelid = c.oid)
    union all
    select i.inhrelid, r.root from pg_inherits i join roots r on r.oid = i.inhparent
), sizes as (
    select root, sum(pg_total_relation_size(oid))::bigint as bytes, sum(pg_indexes_size(oid))::bigint as index_bytes
    from roots group by root
)
select s.root::regclass::text as name, s.bytes, s.index_bytes,
       (select pg_database_size(current_database())) as database_bytes
from sizes s order by s.bytes desc, 1 limit 12
