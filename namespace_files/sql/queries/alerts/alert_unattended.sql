-- What people were told of long enough ago, or could not be told of; not what quiet hours hold back.
select a.alert_id
from ops.alerts as a
where a.state = 'firing' and a.level = 'WARNING' and not a.test and a.acknowledged_at is null
  and (a.snoozed_until is null or a.snoozed_until <= clock_timestamp())
  and exists (
      select 1 from ops.alert_deliveries as d
      where d.alert_id = a.alert_id and d.change in ('fired', 'again', 'escalated')
        -- Eight tries take half an hour: who is away that long has told nobody.
        and (d.state in ('sent', 'unknown', 'failed') or (d.state = 'pending' and d.attempts >= 8))
        and coalesce(d.sent_at, d.created_at) <= clock_timestamp() - make_interval(mins => %(minutes)s)
  )
order by a.alert_id
