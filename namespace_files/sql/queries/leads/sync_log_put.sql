-- Lines of the row-level log.
insert into leads.sync_log (execution_id, lead_id, hubspot_id, action, properties, code)
select %(execution_id)s, l.lead_id, given.hubspot_id, given.action,
    array(select jsonb_array_elements_text(given.properties)), given.code
from jsonb_to_recordset(%(rows)s) as given (lead_id text, hubspot_id text, action text, properties jsonb, code text)
left join leads.leads l using (lead_id)
