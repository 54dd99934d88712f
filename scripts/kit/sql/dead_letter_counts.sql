select provider, kind, reason, count(*) as letters, min(created_at) as oldest
from ops.dead_letters
where state = 'open' and (%(provider)s::text is null or provider = %(provider)s)
group by provider, kind, reason
order by letters desc, provider, kind, reason
