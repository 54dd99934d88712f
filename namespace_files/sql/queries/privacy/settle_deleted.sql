update tickets.erasure_work
set done_at = clock_timestamp(), outcome = 'deleted'
where kind = 'file' and done_at is null and ref = any(%(files)s)
