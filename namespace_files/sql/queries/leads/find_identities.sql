select kind, value, lead_id from leads.identities
where (kind, value) in (select * from unnest(%(kinds)s::text[], %(values)s::text[]))
