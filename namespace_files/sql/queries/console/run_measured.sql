-- What a run measured.
select name, labels, value, created_at from etl_improved_metrics where run_id = %(run_id)s order by name, labels limit 500
