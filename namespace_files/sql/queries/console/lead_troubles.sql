select code, property, found_at from leads.troubles where lead_id = %(lead_id)s order by found_at desc limit 20
