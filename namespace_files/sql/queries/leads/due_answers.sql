-- One row a person, however many events: the same answer need not go twice.
select l.hubspot_id, i.lead ->> 'manychat_id' as manychat_id, array_agg(i.key) as keys
from leads.inbox i join leads.leads l using (lead_id)
where i.answer = 'due' and l.hubspot_id is not null and i.lead ->> 'manychat_id' is not null
group by 1, 2 order by min(i.done_at) limit %(most)s
