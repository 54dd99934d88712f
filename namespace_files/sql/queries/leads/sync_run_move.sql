-- How far a run is; commits with what it did.
update leads.sync_runs set
    phase = %(phase)s, cursor = %(cursor)s, counts = %(counts)s,
    state = case when %(phase)s = 'done' then 'done' else state end,
    finished_at = case when %(phase)s = 'done' then clock_timestamp() end
where run_id = %(run_id)s
