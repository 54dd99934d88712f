-- What waits already for the same reason is not asked for twice.
insert into ops.alert_deliveries (alert_id, channel, change, due_at)
values (%(alert_id)s, %(channel)s, %(change)s, coalesce(%(due_at)s, clock_timestamp()))
on conflict (alert_id, channel, change) where state = 'pending' do nothing
