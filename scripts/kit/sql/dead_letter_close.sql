update ops.dead_letters set state = %(state)s, closed_at = clock_timestamp(), updated_at = clock_timestamp()
where id = %(id)s and state = 'open'
