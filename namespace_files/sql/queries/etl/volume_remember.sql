insert into etl_volumes (run_name, dataset, load_window, seconds, weekday, rows, verdict)
values (%(run_name)s, %(dataset)s, %(window)s, %(seconds)s, %(weekday)s, %(rows)s, %(verdict)s)
on conflict (run_name, dataset) do update
set load_window = excluded.load_window, seconds = excluded.seconds, weekday = excluded.weekday,
    rows = excluded.rows, verdict = excluded.verdict, observed_at = clock_timestamp()
