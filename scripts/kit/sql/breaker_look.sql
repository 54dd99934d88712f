-- Whose turn it is to ask Kestra's KV: one process each `switch_s`; the first question makes the row.
insert into ops.breakers as b (provider, forced_seen) values (%(provider)s, clock_timestamp())
on conflict (provider) do update set forced_seen = clock_timestamp()
where b.forced_seen < clock_timestamp() - make_interval(secs => %(switch_s)s)
returning 1 as won
