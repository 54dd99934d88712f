-- One thing to tell, for this process alone. What belongs to one message goes in its order; what is urgent goes first.
with next as (
    select d.delivery_id, d.state <> 'pending' as doubtful
    from ops.alert_deliveries as d
    join ops.alerts as a using (alert_id)
    where (
        (d.state in ('pending', 'unknown') and d.due_at <= clock_timestamp())
        or (d.state = 'sending' and d.claimed_until <= clock_timestamp())
    )
    -- Nobody hears of what was snoozed, unless it is urgent.
    and not (
        coalesce(a.snoozed_until > clock_timestamp(), false)
        and (d.change = 'counted' or (d.change in ('fired', 'again') and a.level <> 'CRITICAL'))
    )
    -- Both alerts of a trouble that is back have one incident: the end of the first must not overtake the second.
    and not exists (
        select 1
        from ops.alerts as b
        join ops.alert_deliveries as e using (alert_id)
        where d.channel = 'pagerduty' and e.channel = 'pagerduty' and e.state = 'sending'
          and b.key = a.key and b.alert_id < a.alert_id
    )
    and not exists (
        select 1 from ops.alert_deliveries as e
        where e.alert_id = d.alert_id and e.channel = d.channel and e.delivery_id < d.delivery_id
          and (
              e.state = 'sending'
              or (e.state = 'pending' and e.due_at <= clock_timestamp())
              or (e.state = 'unknown' and e.due_at < 'infinity')
          )
    )
    order by (a.level = 'CRITICAL') desc, d.delivery_id
    limit 1
    for update of d skip locked
)
update ops.alert_deliveries as d set
    state = 'sending',
    attempts = d.attempts + 1,
    claimed_until = clock_timestamp() + make_interval(secs => %(lease_s)s),
    error = null
from next
where d.delivery_id = next.delivery_id
returning d.delivery_id, d.mark::text, d.alert_id, d.channel, d.change, d.attempts, d.created_at, next.doubtful
