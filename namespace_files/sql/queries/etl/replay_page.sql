select r.place, q.code, q.corrected, q.raw, q.raw_bytes
from etl_replay_rows r
join etl_quarantine q using (load_id, chunk, line)
where (r.dataset, r.target) = (%(dataset)s, %(target)s) and r.header = %(header)s::text[] and r.place > %(after)s
order by r.place
limit %(page)s
