select state, count(*) as claims, count(*) filter (where state = 'held' and lease_until < clock_timestamp()) as lapsed
from ops.claims group by state order by state
