-- A new run; the watermark is the end of the last one that came to its end.
insert into leads.sync_runs (mode, since, until, execution_id)
values (%(mode)s, %(since)s, %(until)s, %(execution_id)s)
returning run_id, mode, phase, cursor, since, until, counts
