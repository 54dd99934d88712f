-- Runs of ETL flows that began in the last 24 hours, by how they ended.
with recursive flows as (
    (select flow from etl_runs order by flow limit 1)
    union all
    select (select r.flow from etl_runs r where r.flow > f.flow order by r.flow limit 1) from flows f where f.flow is not null
)
select f.flow, r.status, count(*) as etl_runs_24h
from flows f
join etl_runs r on r.flow = f.flow and r.started_at > now() - interval '24 hours'
where f.flow is not null
group by 1, 2
