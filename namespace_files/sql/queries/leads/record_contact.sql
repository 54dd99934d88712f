update leads.leads
set hubspot_id = %(hubspot_id)s, sent = %(sent)s, intents = '[]', state = 'synced', problem = %(problem)s,
    sent_at = clock_timestamp(), hubspot_updated_at = coalesce(%(hubspot_updated_at)s, hubspot_updated_at)
where lead_id = %(lead_id)s
