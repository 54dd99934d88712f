-- One caller in a cool-down: the row's lock lets the first through, and the others then see a later time.
update ops.breakers
set probe_by = %(call)s, probe_at = clock_timestamp() + make_interval(secs => cooldown_s)
where provider = %(provider)s and state = 'open' and probe_at <= clock_timestamp()
returning 1 as won
