select count(*)::int as events,
       coalesce(extract(epoch from clock_timestamp() - min(received_at)), 0)::float as oldest_s,
       coalesce(max(queued_s) filter (where received_at > clock_timestamp() - interval '5 seconds'), 0)::float as behind_s
from (select received_at, queued_s from leads.inbox where state = 'waiting' order by received_at limit 100) as waiting
