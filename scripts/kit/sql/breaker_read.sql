select provider, state, failures, failed_at, code, opened_at, cooldown_s, probe_at, probe_by is not null as probing,
       forced, greatest(0, extract(epoch from probe_at - clock_timestamp()))::float8 as wait_s,
       forced_seen < clock_timestamp() - make_interval(secs => %(switch_s)s) as stale
from ops.breakers
where provider = %(provider)s
