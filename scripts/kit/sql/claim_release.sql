update ops.claims
set state = 'free', updated_at = clock_timestamp()
where key = %(key)s and holder = %(holder)s and state = 'held'
