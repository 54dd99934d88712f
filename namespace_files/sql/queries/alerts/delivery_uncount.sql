-- The end of an alert tells its count too.
update ops.alert_deliveries set state = 'dropped', error = 'superseded'
where alert_id = %(alert_id)s and change = 'counted' and state = 'pending'
