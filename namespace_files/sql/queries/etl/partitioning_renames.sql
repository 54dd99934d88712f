-- Partitions of the shadow, and indexes of both, whose names begin with the table's.
select c.relname::text as name, c.relkind::text as kind
from pg_inherits h join pg_class c on c.oid = h.inhrelid
where h.inhparent = to_regclass(%(table)s)
union all
select c.relname::text, c.relkind::text
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = to_regclass(%(table)s)
