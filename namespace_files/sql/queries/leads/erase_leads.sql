delete from leads.leads where lead_id = any(%(lead_ids)s)
