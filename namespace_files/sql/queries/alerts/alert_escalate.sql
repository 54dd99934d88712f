update ops.alerts set level_before = level, level = 'CRITICAL', escalated_at = clock_timestamp()
where alert_id = %(alert_id)s and state = 'firing' and level = 'WARNING'
  and acknowledged_at is null and (snoozed_until is null or snoozed_until <= clock_timestamp())
returning alert_id, level, event, test
