update ops.alerts set snoozed_until = %(until)s
where alert_id = %(alert_id)s and state = 'firing'
returning alert_id
