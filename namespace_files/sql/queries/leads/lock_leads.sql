select lead_id, hubspot_id, properties, stamps, sent, intents from leads.leads where lead_id = any(%(lead_ids)s)
order by lead_id for update
