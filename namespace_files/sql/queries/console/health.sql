-- What there is to see of the ETL's health; each figure from an index.
select (select max(finished_at) from etl_runs where finished_at is not null and total_rows is not null
        and expected_rows is not null) as measured_at,
       (select count(*) from (select from etl_runs where status = 'running' and started_at < now() - interval '6 hours'
                              limit 100) stuck) as stuck,
       (select count(*) from etl_improved_alerts where level = 'critical'
        and created_at > now() - interval '24 hours') as critical_24h,
       (select dataset from etl_quarantine where state = 'open' order by dataset, code limit 1) is not null as quarantine_open
