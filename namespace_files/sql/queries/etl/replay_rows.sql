-- The rows that a replay tries, oldest first. Only rows of loads that published: those of a refused load come again
-- with their file. Copies that a killed replay left behind are not taken: their originals are open.
create temporary table etl_replay_rows as
select row_number() over (order by q.created_at, q.load_id, q.chunk, q.line) as place,
       q.load_id, q.chunk, q.line, q.dataset, l.target, l.header, null::text as digest
from etl_quarantine q
join etl_loads l using (load_id)
where q.state = 'open' and q.load_id not like 'replay:%%'
  and (l.state = 'done' or (%(refused)s and l.state = 'refused'))
  and (%(dataset)s::text is null or q.dataset = %(dataset)s)
  and (%(run)s::text is null or q.load_id = %(run)s)
  and (%(code)s::text is null or q.code = %(code)s)
  and (%(field)s::text is null or q.field = %(field)s)
  and q.created_at <= clock_timestamp() - make_interval(mins => %(min_age_minutes)s)
order by 1
limit %(most)s
