update leads.inbox i set lead = said.lead
from jsonb_to_recordset(%(events)s::jsonb) as said (key text, lead jsonb)
where i.key = said.key
