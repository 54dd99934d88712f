-- The flows, and the labels of their runs, each looked up in the index by the one before: no run is read twice.
with recursive flows as (
    (select flow from etl_runs order by flow limit 1)
    union all
    select (select r.flow from etl_runs r where r.flow > f.flow order by r.flow limit 1) from flows f where f.flow is not null
), labels as (
    (select run_label, 1 as number from etl_runs order by run_label limit 1)
    union all
    select (select r.run_label from etl_runs r where r.run_label > l.run_label order by r.run_label limit 1), number + 1
    from labels l where l.run_label is not null and number < 100
)
select array(select flow from flows where flow is not null order by 1) as flows,
       array(select run_label from labels where run_label <> '' order by 1) as labels
