insert into tickets.privacy_runs (run_id, kind, dry_run, reason, stand_in, counts, kept, by_hand)
values (%(run_id)s, %(kind)s, %(dry_run)s, %(reason)s, %(stand_in)s, %(counts)s, %(kept)s, %(by_hand)s)
on conflict (run_id) do nothing
