-- The same number, another address: one of them may be a slip, or they share the telephone.
select own.lead_id, other.lead_id as other
from leads.leads own join leads.leads other on other.phone = own.phone and other.lead_id <> own.lead_id
where own.lead_id = any(%(lead_ids)s) and own.email is not null and other.email is not null and own.email <> other.email
