delete from ops.console_sessions where token_hash = %(token_hash)s
