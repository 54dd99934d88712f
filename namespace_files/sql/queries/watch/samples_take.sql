-- Figures that runs measured and that are not among the samples yet, or were measured again; the others are not locked.
with found as (
    select 'etl_rows/' || dataset || '/' || case seconds when 0 then 'all' else seconds || 's' end as series,
           run_name as key, observed_at as at, weekday, rows::double precision as value
    from etl_volumes
    where observed_at > now() - make_interval(days => %(days)s) and 'etl_rows' = any (%(names)s)
    union all
    select m.name || '/' || r.flow || case r.run_label when '' then '' else '/' || r.run_label end,
           r.run_id::text, r.started_at, extract(isodow from r.started_at at time zone 'UTC')::smallint, m.value
    from etl_improved_metrics m
    join etl_runs r using (run_id)
    where m.name = any (%(names)s) and m.labels = '{}' and not r.dry_run and r.status = 'succeeded'
        and r.started_at > now() - make_interval(days => %(days)s)
)
insert into ops.baseline_samples as kept (series, key, at, weekday, value, verdict)
select new.series, new.key, new.at, new.weekday, new.value, 'learning'
from (select distinct on (series, key) * from found order by series, key, at desc) new
left join ops.baseline_samples known using (series, key)
where (known.at, known.weekday, known.value) is distinct from (new.at, new.weekday, new.value)
on conflict (series, key) do update
set at = excluded.at, weekday = excluded.weekday, value = excluded.value, seen_at = clock_timestamp()
where (kept.at, kept.weekday, kept.value) is distinct from (excluded.at, excluded.weekday, excluded.value)
returning series, weekday
