-- A trouble that nobody ended and that was not heard of for long: its next failure is one of its own.
update ops.alerts set state = 'resolved', resolved_at = clock_timestamp(), resolved_by = 'silence'
where key = %(key)s and state = 'firing' and seen_at <= clock_timestamp() - make_interval(hours => %(hours)s)
returning alert_id, level, event, test
