select c.relkind as kind, pg_relation_filenode(c.oid) as filenode,
       case when c.relkind = 'r' then pg_relation_size(c.oid) / current_setting('block_size')::int else 0 end as blocks,
       case when c.relkind = 'p'
            then coalesce((select sum(pg_total_relation_size(t.relid)) from pg_partition_tree(c.oid) t), 0)::bigint
            else pg_total_relation_size(c.oid) end as bytes,
       greatest(c.reltuples, 0)::bigint as rows
from pg_class c
where c.oid = to_regclass(%(table)s) and c.relkind in ('r', 'p')
