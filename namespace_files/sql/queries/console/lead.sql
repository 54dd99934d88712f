select lead_id, hubspot_id, manychat_id, email, phone, properties, state, problem, created_at, updated_at, sent_at,
       hubspot_updated_at
from leads.leads where lead_id = %(lead_id)s
