update ops.console_sessions set notice = %(notice)s where token_hash = %(token_hash)s
