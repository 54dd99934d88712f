-- A second one of the same kind waits already: that one tells it.
update ops.alert_deliveries set state = 'dropped', error = 'superseded', claimed_until = null
where delivery_id = %(delivery_id)s and state = 'sending' and attempts = %(attempts)s
  and exists (
      select 1 from ops.alert_deliveries as e
      where e.alert_id = %(alert_id)s and e.channel = %(channel)s and e.change = %(change)s and e.state = 'pending'
  )
