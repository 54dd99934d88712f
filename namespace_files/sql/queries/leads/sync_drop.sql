-- The row of a lead that became part of another.
delete from leads.leads where lead_id = %(lead_id)s
