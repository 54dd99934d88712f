-- Who was first counts; a second click says so and changes nothing.
update ops.alerts set acknowledged_at = clock_timestamp(), acknowledged_by = %(by)s
where alert_id = %(alert_id)s and state = 'firing' and acknowledged_at is null
returning alert_id, level, event, test
