select lead_id, hubspot_id, email, phone, properties ->> 'first_name' as first_name,
       properties ->> 'last_name' as last_name, state, problem, created_at, updated_at, sent_at
from leads.leads
where (%(state)s::text is null or state = %(state)s)
  and (%(after_at)s::timestamptz is null or (updated_at, lead_id) < (%(after_at)s, %(after_id)s))
order by updated_at desc, lead_id desc
limit %(most)s
