select state, result, code, extract(epoch from clock_timestamp() - started_at)::double precision as age_s
from ops.effects
where key = %(key)s
