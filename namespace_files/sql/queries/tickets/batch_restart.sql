-- The wait for the members of an open batch begins anew.
update tickets.batches
set opened_at = clock_timestamp()
where batch_id = %(batch_id)s and state = 'open'
