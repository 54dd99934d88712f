select run_id, kind, dry_run, reason, stand_in, counts, kept, by_hand, started_at, finished_at
from tickets.privacy_runs
where run_id = %(run_id)s
