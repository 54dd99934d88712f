select coalesce(sum(cost_usd), 0) as everybody,
       coalesce(sum(cost_usd) filter (where sender = %(sender)s), 0) as sender
from ops.spend
where day = %(day)s
