-- Alerts of the last day.
select kind, count(*) as alerts from etl_improved_alerts
where created_at > now() - interval '24 hours' group by kind order by kind
