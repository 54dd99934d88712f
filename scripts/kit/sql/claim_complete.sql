update ops.claims
set state = 'done', result = %(result)s, updated_at = clock_timestamp()
where key = %(key)s and holder = %(holder)s and state in ('held', 'done')
