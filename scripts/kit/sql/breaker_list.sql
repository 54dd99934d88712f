select provider, state, failures, failed_at, code, opened_at, cooldown_s, probe_at, probe_by is not null as probing,
       forced, greatest(0, extract(epoch from probe_at - clock_timestamp()))::float8 as wait_s
from ops.breakers
order by provider
