-- Indexes of our tables with their use since `since`, and how large they would be if they were made anew: entries of
-- the columns' mean width with their overhead, at the fill factor of 90 %%. An estimate for B-trees of plain columns only.
with named as (
    select unnest(%(tables)s::text[]) as name
), roots as (
    select to_regclass(name)::oid as oid from named where to_regclass(name) is not null
), tables as (
    select distinct coalesce(t.relid, r.oid) as oid from roots r left join lateral pg_partition_tree(r.oid) t on true
), found as (
    select i.indexrelid, i.indrelid, i.indisunique, i.indkey, x.relname as name, x.reltuples, x.relpages, am.amname,
           n.nspname as schema, t.relname as table_name, pg_relation_size(i.indexrelid) as bytes,
           coalesce(s.idx_scan, 0) as scans, i.indexprs is null and i.indpred is null as is_plain
    from pg_index i
    join tables on tables.oid = i.indrelid
    join pg_class x on x.oid = i.indexrelid and x.relkind = 'i'
    join pg_am am on am.oid = x.relam
    join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = t.relnamespace
    left join pg_stat_user_indexes s on s.indexrelid = i.indexrelid
)
select schema, table_name, name, scans, indisunique as is_unique, bytes,
       case when amname = 'btree' and is_plain and reltuples > 0 then least(bytes, greatest(16384, ceil(reltuples * (
           12 + (select sum(coalesce(p.avg_width, 8) + 4)
                 from unnest(indkey::smallint[]) k
                 join pg_attribute a on a.attrelid = indrelid and a.attnum = k
                 left join pg_stats p on p.schemaname = schema and p.tablename = table_name and p.attname = a.attname)
       ) / 0.9)))::bigint end as expected,
       extract(epoch from clock_timestamp() - coalesce(
           (select stats_reset from pg_stat_database where datname = current_database()),
           pg_postmaster_start_time()))::double precision / 86400 as days
from found
order by bytes desc
