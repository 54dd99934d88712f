update leads.leads l set sent = meant.sent, intents = meant.intents
from jsonb_to_recordset(%(meant)s::jsonb) as meant (lead_id text, sent jsonb, intents jsonb)
where l.lead_id = meant.lead_id
