select greatest(0, extract(epoch from tat - clock_timestamp()))::float8 as ahead_s from ops.rate_limits where key = %(key)s
