select person, via, stamp, csrf, notice is not null as has_notice,
       seen_at < clock_timestamp() - interval '1 minute' as stale
from ops.console_sessions
where token_hash = %(token_hash)s
  and ends_at > clock_timestamp()
  and seen_at > clock_timestamp() - %(idle_s)s * interval '1 second'
