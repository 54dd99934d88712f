-- How many rows are open by reason, of those that a replay may take.
select q.code || coalesce(':' || q.field, '') as reason, count(*) as rows
from etl_quarantine q
join etl_loads l using (load_id)
where q.state = 'open' and q.load_id not like 'replay:%%'
  and (l.state = 'done' or (%(refused)s and l.state = 'refused'))
  and (%(dataset)s::text is null or q.dataset = %(dataset)s)
  and (%(run)s::text is null or q.load_id = %(run)s)
  and (%(code)s::text is null or q.code = %(code)s)
  and (%(field)s::text is null or q.field = %(field)s)
group by 1
order by 2 desc, 1
