-- The newest real run of each ETL flow that published something. Flows are found by jumping through the index.
with recursive flows as (
    (select flow from etl_runs order by flow limit 1)
    union all
    select (select r.flow from etl_runs r where r.flow > f.flow order by r.flow limit 1) from flows f where f.flow is not null
)
select f.flow, r.total_rows as etl_rows, r.expected_rows as etl_expected_rows, r.ratio as etl_ratio,
       r.duration_ms / 1000.0 as etl_duration_seconds, r.num_chunks as etl_chunks,
       extract(epoch from now() - coalesce(r.finished_at, r.started_at)) as etl_age_seconds
from flows f
cross join lateral (
    select * from etl_runs n
    where n.flow = f.flow and n.status = 'succeeded' and not n.dry_run
    order by n.started_at desc
    limit 1
) r
where f.flow is not null
