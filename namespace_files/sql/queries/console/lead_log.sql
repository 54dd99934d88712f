select action, properties, code, at, execution_id
from leads.sync_log where lead_id = %(lead_id)s order by at desc limit 30
