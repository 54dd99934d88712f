select alert_id from ops.alerts where key = %(key)s and state = 'firing' and execution_id = %(execution_id)s
