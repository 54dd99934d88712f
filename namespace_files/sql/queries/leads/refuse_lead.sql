update leads.leads set state = case when hubspot_id is null then 'refused' else state end, problem = %(problem)s
where lead_id = %(lead_id)s
