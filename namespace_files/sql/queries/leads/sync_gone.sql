-- Contacts that were deleted in HubSpot: their leads stay, and are not written any more.
update leads.leads set state = 'deleted'
where hubspot_id = any(%(contacts)s) and state <> 'deleted'
returning lead_id, hubspot_id
