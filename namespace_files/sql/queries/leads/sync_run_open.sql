-- The run that was begun and not finished, if any.
select run_id, mode, phase, cursor, since, until, counts from leads.sync_runs where state = 'running'
