insert into leads.identities (kind, value, lead_id) values (%(kind)s, %(value)s, %(lead_id)s) on conflict do nothing
