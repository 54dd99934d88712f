select name, value from etl_improved_metrics where run_id = %(run_id)s and labels = '{}' order by name
