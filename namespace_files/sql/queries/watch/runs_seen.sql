update ops.flow_runs set seen_at = clock_timestamp() where execution_id = any (%(ids)s)
