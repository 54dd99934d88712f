select alert_id, state from ops.alerts where alert_id = %(alert_id)s
