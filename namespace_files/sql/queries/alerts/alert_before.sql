-- The last time that the same trouble ended, and until when people asked not to hear of it.
select alert_id, resolved_at > clock_timestamp() - make_interval(hours => %(again_hours)s) as recent, snoozed_until
from ops.alerts
where key = %(key)s and alert_id <> %(alert_id)s
order by fired_at desc
limit 1
