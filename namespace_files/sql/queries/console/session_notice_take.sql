-- Read once: of two pages that load together, one tells it.
with told as (
    select token_hash, notice from ops.console_sessions
    where token_hash = %(token_hash)s and notice is not null for update
)
update ops.console_sessions session set notice = null
from told where session.token_hash = told.token_hash
returning told.notice
