-- Work that is held: by whom, how long yet, and whether the holder is gone.
select key, holder, attempts, refused, created_at, lease_until,
       greatest(0, extract(epoch from lease_until - clock_timestamp()))::float8 as left_s,
       lease_until < clock_timestamp() as lapsed
from ops.claims
where state = 'held' and starts_with(key, %(prefix)s)
order by lease_until
limit %(most)s
