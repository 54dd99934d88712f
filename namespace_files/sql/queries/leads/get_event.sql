select i.state, i.outcome, i.lead_id, l.hubspot_id
from leads.inbox i left join leads.leads l using (lead_id)
where i.key = %(key)s
