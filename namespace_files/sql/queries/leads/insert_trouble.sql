insert into leads.troubles (lead_id, event_key, code, property, detail)
values (%(lead_id)s, %(event_key)s, %(code)s, %(property)s, %(detail)s)
on conflict (lead_id, code, property, detail) do nothing
