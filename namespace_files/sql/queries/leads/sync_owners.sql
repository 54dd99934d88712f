-- Whom these addresses and ids belong to.
select kind, value, lead_id from leads.identities
where (kind = 'email' and value = any(%(emails)s)) or (kind = 'manychat' and value = any(%(manychats)s))
