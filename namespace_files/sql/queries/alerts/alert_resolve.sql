update ops.alerts set state = 'resolved', resolved_at = clock_timestamp(), resolved_by = %(by)s
where alert_id = %(alert_id)s and state = 'firing'
returning alert_id, level, event, test
