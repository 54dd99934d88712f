-- Ours gives way to what HubSpot has, unless ours was changed meanwhile.
update leads.leads l set
    properties = given.properties, stamps = given.stamps, email = given.email, phone = given.phone,
    manychat_id = given.manychat_id, updated_at = given.updated_at
from jsonb_to_recordset(%(rows)s) as given (
    lead_id text, properties jsonb, stamps jsonb, email text, phone text, manychat_id text, updated_at timestamptz,
    read_at timestamptz
)
where l.lead_id = given.lead_id and l.updated_at = given.read_at
