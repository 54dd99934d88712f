insert into ops.breakers as b (provider, forced, forced_seen) values (%(provider)s, %(forced)s, clock_timestamp())
on conflict (provider) do update set forced = excluded.forced, forced_seen = excluded.forced_seen
