-- The messages that a channel has of an alert, the newest first; the first one's reference; and what they show now.
select
    array_agg(reference order by delivery_id desc)
        filter (where change in ('fired', 'again', 'escalated') and reference is not null) as posts,
    (array_agg(reference order by delivery_id) filter (where change in ('fired', 'again', 'escalated')))[1] as reference,
    (array_agg(shown order by delivery_id desc))[1] as shown
from ops.alert_deliveries
where alert_id = %(alert_id)s and channel = %(channel)s and state = 'sent'
