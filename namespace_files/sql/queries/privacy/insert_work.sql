insert into tickets.erasure_work (run_id, kind, ref, due_at)
select %(run_id)s, 'execution', execution_id, clock_timestamp()
from own_executions where execution_id <> %(run_id)s
union all
-- Pictures and documents go with their executions; by themselves where tasks may not ask Kestra for that.
select %(run_id)s, 'file', uri, clock_timestamp()
from tickets.tickets t
join subjects s using (ticket_id)
cross join lateral (values (t.image_uri), (t.document_uri)) addresses (uri)
where uri is not null and not (%(keep_documents)s and s.verdict <> 'reject')
union all
select %(run_id)s, 'sheet', ticket_id, clock_timestamp() from subjects where in_sheet
union all
-- The run's own inputs name the sender: it goes last, when its report has been read.
select %(run_id)s, 'execution', %(run_id)s, clock_timestamp() + make_interval(days => %(own_days)s)
on conflict do nothing
