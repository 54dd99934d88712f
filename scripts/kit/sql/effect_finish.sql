update ops.effects
set state = %(state)s, result = %(result)s, code = %(code)s, finished_at = clock_timestamp()
where key = %(key)s
