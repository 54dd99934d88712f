-- What people should look at in a run.
select alert_id, kind, level, message, created_at from etl_improved_alerts where run_id = %(run_id)s
order by created_at, alert_id limit 100
