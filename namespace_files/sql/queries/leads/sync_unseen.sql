-- Linked leads that a full run did not meet.
select l.lead_id, l.hubspot_id
from leads.leads l
left join leads.sync_rows s using (lead_id)
where l.hubspot_id is not null and l.state <> 'deleted' and l.lead_id > %(after)s
    and s.full_run is distinct from %(run_id)s
    and l.created_at < (select started_at from leads.sync_runs where run_id = %(run_id)s)
order by l.lead_id
limit %(most)s
