delete from leads.inbox
where lead_id = any(%(lead_ids)s) or lead ->> 'email' = %(who)s or lead ->> 'phone' = %(who)s
   or lead ->> 'manychat_id' = %(who)s
returning key, execution_id
