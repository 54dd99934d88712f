update tickets.privacy_runs
set counts = counts || jsonb_build_object(%(part)s, coalesce((counts ->> %(part)s)::bigint, 0) + %(number)s)
where run_id = %(run_id)s
