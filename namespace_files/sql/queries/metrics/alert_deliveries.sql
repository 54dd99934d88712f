-- Messages about alerts that are not out yet, and how long the oldest is over its time. What quiet hours or a snooze hold
-- back is not over it, and neither is what stays in doubt for ever: nobody sends that again.
select d.channel, d.state, count(*) as alert_deliveries_open,
       coalesce(max(extract(epoch from now() - case when d.attempts = 0 then d.due_at else d.created_at end)) filter (
           where d.due_at < 'infinity' and (d.attempts > 0 or d.due_at <= now())
             and not (coalesce(a.snoozed_until > now(), false)
                      and (d.change = 'counted' or (d.change in ('fired', 'again') and a.level <> 'CRITICAL')))
       ), 0) as alert_deliveries_oldest_seconds
from ops.alert_deliveries d
join ops.alerts a using (alert_id)
where d.state in ('pending', 'sending', 'unknown')
group by d.channel, d.state
