insert into ops.console_sessions (token_hash, person, via, stamp, csrf, ends_at)
values (%(token_hash)s, %(person)s, %(via)s, %(stamp)s, %(csrf)s, clock_timestamp() + %(lives_s)s * interval '1 second')
