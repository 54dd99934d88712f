-- The largest tables with their indexes; partitions count for themselves.
select schemaname || '.' || relname as "table", pg_total_relation_size(relid) as database_table_bytes,
       n_dead_tup as database_table_dead_rows
from pg_stat_user_tables
order by 2 desc
limit 20
