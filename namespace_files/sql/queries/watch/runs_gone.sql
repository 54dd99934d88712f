-- Deleted in Kestra before its end was seen; nobody knows how it ended.
update ops.flow_runs
set state = 'DELETED', ended_at = clock_timestamp(), changed_at = clock_timestamp(), seen_at = clock_timestamp()
where execution_id = any (%(ids)s) and ended_at is null
