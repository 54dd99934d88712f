-- Writes leads as a page of contacts leaves them.
insert into leads.leads as known (lead_id, hubspot_id, manychat_id, email, phone, properties, stamps, state, updated_at, hubspot_updated_at)
select lead_id, hubspot_id, manychat_id, email, phone, properties, stamps, state, updated_at, hubspot_updated_at
from jsonb_to_recordset(%(rows)s) as given (
    lead_id text, hubspot_id text, manychat_id text, email text, phone text, properties jsonb, stamps jsonb, state text,
    updated_at timestamptz, hubspot_updated_at timestamptz
)
order by lead_id
on conflict (lead_id) do update set
    hubspot_id = excluded.hubspot_id, manychat_id = excluded.manychat_id, email = excluded.email,
    phone = excluded.phone, properties = excluded.properties, stamps = excluded.stamps, state = excluded.state,
    updated_at = excluded.updated_at, hubspot_updated_at = excluded.hubspot_updated_at,
    -- What was written to another contact says nothing of this one.
    sent = case when known.hubspot_id = excluded.hubspot_id then known.sent else '{}' end
