-- Today's counts (UTC) of things worth knowing: refused signatures and the like.
select name, value as events_today
from ops.counters
where day = (now() at time zone 'UTC')::date
order by value desc
