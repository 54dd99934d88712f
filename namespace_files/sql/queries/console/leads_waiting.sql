select count(*) filter (where state = 'waiting') as waiting,
       min(received_at) filter (where state = 'waiting') as oldest,
       (select count(*) from leads.sync_rows where problem is not null) as unsettled,
       (select until from leads.gate where until > now()) as gate_until
from leads.inbox where state = 'waiting'
