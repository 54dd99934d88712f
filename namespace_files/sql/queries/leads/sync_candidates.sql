-- Leads of which something may be left to send; those whose event is being worked on are that flow's.
select
    l.lead_id, l.hubspot_id, l.manychat_id, l.email, l.phone, l.properties, l.stamps, l.sent, l.state, l.hubspot_updated_at,
    l.updated_at, coalesce(s.heard, '{}') as heard, s.looked_at is not distinct from l.updated_at as settled,
    s.problem, coalesce(s.seen, '{}') as seen, s.seen_at
from leads.leads l
left join leads.sync_rows s using (lead_id)
where l.lead_id > %(after)s
    and l.state in ('new', 'synced', 'refused')
    and s.looked_at is distinct from l.updated_at
    and (not %(unread)s or l.hubspot_id is null or s.seen_at is null or s.seen_at < l.hubspot_updated_at)
    and not exists (select from leads.inbox i where i.lead_id = l.lead_id and i.state = 'waiting')
order by l.lead_id
limit %(most)s
