update ops.claims
set lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s), updated_at = clock_timestamp()
where key = %(key)s and holder = %(holder)s and state = 'held'
