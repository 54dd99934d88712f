-- An event of HubSpot's, once.
insert into leads.hubspot_events (key, kind, hubspot_id, property, occurred_at, execution_id)
values (%(key)s, %(kind)s, %(hubspot_id)s, %(property)s, %(occurred_at)s, %(execution_id)s)
on conflict (key) do nothing
