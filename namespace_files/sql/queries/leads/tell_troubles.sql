update leads.troubles set told_at = clock_timestamp() where trouble_id = any(%(trouble_ids)s)
