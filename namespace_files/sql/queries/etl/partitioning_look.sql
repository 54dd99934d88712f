-- What a partitioned copy would not carry along is named, not dropped.
select c.relkind::text as kind, pg_relation_filenode(c.oid)::bigint as filenode, c.reltuples::bigint as about_rows,
       pg_total_relation_size(c.oid) as bytes,
       pg_relation_size(c.oid) / current_setting('block_size')::integer as blocks,
       array(select a.attname::text from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
             order by a.attnum) as columns,
       (select format_type(a.atttypid, a.atttypmod) from pg_attribute a
        where a.attrelid = c.oid and a.attname = 'occurred_at') as time_type,
       exists (select from pg_index i
               where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
                 and (select array_agg(a.attname::text order by a.attname) from pg_attribute a
                      where a.attrelid = c.oid and a.attnum = any ((i.indkey::smallint[])[0:i.indnkeyatts - 1]))
                     in (array['event_id'], array['event_id', 'occurred_at'])) as keyed,
       exists (select from pg_constraint k where k.contype = 'f' and c.oid in (k.conrelid, k.confrelid)) as foreign_keys,
       exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgname <> 'etl_mirror'
               and t.tgname <> 'etl_keep_newest') as triggers,
       c.relrowsecurity or exists (select from pg_policy p where p.polrelid = c.oid) as policies,
       exists (select from pg_depend d join pg_rewrite w on w.oid = d.objid and d.classid = 'pg_rewrite'::regclass
               where d.refobjid = c.oid and d.refclassid = 'pg_class'::regclass and w.ev_class <> c.oid) as views,
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attidentity <> '')
       or exists (select from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
                  where d.refobjid = c.oid and d.deptype = 'a') as sequences,
       exists (select from pg_inherits h where c.oid in (h.inhrelid, h.inhparent)) as inheritance
from pg_class c
where c.oid = to_regclass(%(table)s)
