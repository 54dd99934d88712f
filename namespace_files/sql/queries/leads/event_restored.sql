-- A contact came back from the bin; what changed since is read by the next sync.
update leads.leads set state = 'synced' where hubspot_id = %(hubspot_id)s and state = 'deleted'
