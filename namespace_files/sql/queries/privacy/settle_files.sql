-- Files are gone with the execution that held them.
update tickets.erasure_work f
set done_at = clock_timestamp(), outcome = x.outcome
from tickets.erasure_work x
where f.kind = 'file' and f.done_at is null and x.kind = 'execution' and x.run_id = f.run_id
  and x.ref = substring(f.ref from '/executions/([^/]+)/') and x.outcome in ('deleted', 'gone')
