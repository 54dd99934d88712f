-- No row comes back when the load is known with another target, window or dataset. A run that resumes keeps the time
-- at which it began, which the bounds of times are reckoned from: its rows must be judged as before.
insert into etl_loads as l (load_id, dataset, target, load_window, source, header, state)
values (%(load_id)s, %(dataset)s, %(target)s, %(window)s, %(source)s, %(header)s, 'checking')
on conflict (load_id) do update
set attempts = l.attempts + 1, state = case when l.state = 'done' then l.state else 'checking' end,
    header = case when l.state = 'done' then l.header else excluded.header end,
    started_at = case when l.state in ('refused', 'skipped') then clock_timestamp() else l.started_at end
where (l.dataset, l.target, l.load_window) = (excluded.dataset, excluded.target, excluded.load_window)
returning *
