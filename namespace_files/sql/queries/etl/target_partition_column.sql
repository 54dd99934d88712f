select a.attname as name
from pg_partitioned_table p
join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
where p.partrelid = to_regclass(%(target)s) and p.partstrat = 'r' and p.partnatts = 1
