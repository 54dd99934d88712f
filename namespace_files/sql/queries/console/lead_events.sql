select key, happened_at, received_at, deliveries, state, outcome, execution_id
from leads.inbox where lead_id = %(lead_id)s order by received_at desc limit 30
