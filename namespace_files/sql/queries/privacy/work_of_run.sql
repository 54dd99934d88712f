select kind, ref, outcome, done_at is not null as done
from tickets.erasure_work
where run_id = %(run_id)s and ref <> run_id
order by kind, ref
