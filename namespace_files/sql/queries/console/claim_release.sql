-- Free for whoever comes next. While the lease lasts its holder may be at work: only when a person says so.
update ops.claims set state = 'free', updated_at = clock_timestamp()
where key = %(key)s and holder = %(holder)s and state = 'held' and (lease_until < clock_timestamp() or %(anyhow)s)
