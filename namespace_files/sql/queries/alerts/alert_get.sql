select * from ops.alerts where alert_id = %(alert_id)s
