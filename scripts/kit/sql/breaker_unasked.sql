-- The probe was not sent after all: the next caller may be it at once.
update ops.breakers set probe_at = clock_timestamp(), probe_by = null
where provider = %(provider)s and state = 'open' and probe_by = %(call)s
