insert into ops.baselines (series, weekday, samples, mean, deviation, beyond, last_key)
values (%(series)s, %(weekday)s, %(samples)s, %(mean)s, %(deviation)s, %(beyond)s, %(last_key)s)
on conflict (series, weekday) do update
set samples = excluded.samples, mean = excluded.mean, deviation = excluded.deviation, beyond = excluded.beyond,
    last_key = excluded.last_key, updated_at = clock_timestamp()
