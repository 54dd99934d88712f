-- The newest alerts of the ETL runs, whatever their age.
select a.alert_id, a.kind, a.level, a.message, a.run_id, r.flow, r.run_label, r.run_name, a.created_at, 'etl' as source
from (select * from etl_improved_alerts order by created_at desc, alert_id desc limit %(most)s) a
left join etl_runs r using (run_id)
order by a.created_at desc, a.alert_id desc
