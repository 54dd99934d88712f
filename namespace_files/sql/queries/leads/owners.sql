select hubspot_id, lead_id from leads.leads where hubspot_id = any(%(hubspot_ids)s)
