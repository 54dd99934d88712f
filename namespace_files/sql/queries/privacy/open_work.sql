select run_id, kind, ref
from tickets.erasure_work
where done_at is null and due_at <= clock_timestamp() and kind = %(kind)s
order by due_at, ref
limit %(most)s
