select t.trouble_id, t.lead_id, t.code, t.property, t.detail, l.hubspot_id
from leads.troubles t left join leads.leads l using (lead_id)
where t.told_at is null order by t.trouble_id limit %(most)s
