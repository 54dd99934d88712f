-- The leads that some contacts may be about, locked in one order so that two syncs of rows cannot wait for each other.
select
    l.lead_id, l.hubspot_id, l.manychat_id, l.email, l.phone, l.properties, l.stamps, l.sent, l.state, l.hubspot_updated_at,
    l.updated_at, coalesce(s.heard, '{}') as heard, s.looked_at is not distinct from l.updated_at as settled,
    s.problem, coalesce(s.seen, '{}') as seen, s.seen_at
from leads.leads l
left join leads.sync_rows s using (lead_id)
where l.hubspot_id = any(%(contacts)s)
    or l.lead_id in (
        select lead_id from leads.identities
        where (kind = 'email' and value = any(%(emails)s)) or (kind = 'manychat' and value = any(%(manychats)s))
    )
order by l.lead_id
for update of l
