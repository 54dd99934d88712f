-- What HubSpot refused as a whole; a contact that is there stays as it was.
update leads.leads l set problem = given.problem, state = case when l.hubspot_id is null then 'refused' else l.state end
from jsonb_to_recordset(%(rows)s) as given (lead_id text, problem text)
where l.lead_id = given.lead_id
