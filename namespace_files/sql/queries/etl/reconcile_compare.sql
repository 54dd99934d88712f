-- Every good row of the source beside its event in the table. A newer version there came from a later extract.
with beside as (
    select s.event_id, s.currency, s.net_amount as source_net, t.net_amount as target_net,
           case when t.event_id is null then 'missing'
                when t.occurred_at > s.occurred_at then 'newer'
                when t.occurred_at = s.occurred_at and t.fingerprint is not distinct from s.fingerprint then 'equal'
                else 'different' end as verdict
    from etl_reconcile_stage s
    left join {table} t using (event_id)
)
select (select jsonb_object_agg(verdict, rows) from (select verdict, count(*) as rows from beside group by 1) v)
           as verdicts,
       (select jsonb_agg(to_jsonb(c) order by currency)
        from (select currency, count(*) as rows, count(target_net) as target_rows, sum(source_net)::text as source,
                     sum(target_net)::text as target
              from beside where verdict <> 'newer' group by 1) c) as sums,
       (select jsonb_agg(event_id order by event_id)
        from (select event_id from beside where verdict in ('missing', 'different') order by 1 limit 20) e) as examples
