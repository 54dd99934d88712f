-- Open rows of one reason, the newest first, from a place on.
select q.load_id, q.chunk, q.line, q.field, q.raw, q.raw_bytes is not null as no_text, q.attempts,
       q.corrected is not null as corrected, q.created_at,
       (select max(r.run_id) from etl_runs r where r.run_name = q.load_id) as run_id
from etl_quarantine q
where q.state = 'open' and q.dataset = %(dataset)s and q.code = %(code)s
  and (q.created_at, q.load_id, q.chunk, q.line) < (%(before_at)s, %(before_load)s, %(before_chunk)s, %(before_line)s)
order by q.created_at desc, q.load_id desc, q.chunk desc, q.line desc
limit %(most)s
