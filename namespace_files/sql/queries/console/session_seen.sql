update ops.console_sessions set seen_at = clock_timestamp() where token_hash = %(token_hash)s
