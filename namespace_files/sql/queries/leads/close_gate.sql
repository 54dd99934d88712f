-- Waits double with each failure in a row; what the provider asks for counts when it is longer.
insert into leads.gate as gate (failures, until, code)
values (1, clock_timestamp() + make_interval(secs => greatest(%(wait_s)s, %(first_s)s)), %(code)s)
on conflict (single) do update
    set failures = gate.failures + 1,
        until = clock_timestamp() + make_interval(
            secs => greatest(%(wait_s)s, least(%(first_s)s * 2 ^ least(gate.failures, 10), %(most_s)s))),
        code = excluded.code
returning failures, extract(epoch from until - clock_timestamp())::float as wait_s
