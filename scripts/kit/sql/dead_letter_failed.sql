update ops.dead_letters
set reason = %(reason)s, error = %(error)s, execution_id = %(execution_id)s, attempts = attempts + 1,
    updated_at = clock_timestamp()
where id = %(id)s and state = 'open'
