-- One statement decides, under the row's lock: clock_timestamp() is read after the lock was obtained.
insert into ops.claims as c (key, holder, state, lease_until)
values (%(key)s, %(holder)s, 'held', clock_timestamp() + make_interval(secs => %(lease_s)s))
on conflict (key) do update set
    (holder, state, lease_until, attempts, refused, updated_at) = (
        select case when free then excluded.holder else c.holder end,
               case when free then 'held' else c.state end,
               case when free then clock_timestamp() + make_interval(secs => %(lease_s)s) else c.lease_until end,
               c.attempts + free::integer,
               c.refused + (not free)::integer,
               clock_timestamp()
        from (select c.state = 'free'
                  or c.state = 'held' and (c.holder = excluded.holder or c.lease_until <= clock_timestamp()) as free
              offset 0) as decision)
returning holder, state, result, state = 'held' and holder = %(holder)s as won
