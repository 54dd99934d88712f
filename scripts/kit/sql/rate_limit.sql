-- GCRA by reservation: the row moves to the slot that this call gets, unless that is later than it may wait.
insert into ops.rate_limits as r (key, tat, wait_s)
values (%(key)s, clock_timestamp() + make_interval(secs => %(cost_s)s), 0)
on conflict (key) do update set
    (tat, wait_s) = (
        select case when wait_s <= %(max_wait_s)s
                    then greatest(r.tat, now) + make_interval(secs => %(cost_s)s) else r.tat end,
               wait_s
        from (select now,
                     greatest(0, extract(epoch from greatest(r.tat, now) - now) + %(cost_s)s - %(burst_s)s) as wait_s
              from (select clock_timestamp() as now offset 0) as clock
              offset 0) as slot)
returning wait_s
