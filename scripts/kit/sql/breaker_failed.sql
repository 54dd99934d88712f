-- Calls that were begun before it opened, and tell their failure now, change nothing: only the probe's word counts then.
insert into ops.breakers as b (provider, failures, failed_at, code, state, opened_at, cooldown_s, probe_at)
select %(provider)s, 1, now, %(code)s, case when opens then 'open' else 'closed' end, case when opens then now end,
       case when opens then %(cooldown_s)s end, case when opens then now + make_interval(secs => %(cooldown_s)s) end
from (select clock_timestamp() as now, %(most)s <= 1 as opens) as first
on conflict (provider) do update set
    (state, failures, failed_at, code, opened_at, cooldown_s, probe_at, probe_by) = (
        select case when opens then 'open' else 'closed' end, found, now, %(code)s,
               case when opens then coalesce(b.opened_at, now) end,
               case when opens then pause end,
               case when opens then now + make_interval(secs => pause) end,
               null
        from (select now, found, b.state = 'open' or found >= %(most)s as opens,
                     case when b.state = 'open' then least(b.cooldown_s * 2, %(max_cooldown_s)s)
                          else %(cooldown_s)s end as pause
              from (select now,
                           case when b.state = 'open' then b.failures
                                when b.failed_at < now - make_interval(secs => %(reset_s)s) then 1
                                else b.failures + 1 end as found
                    from (select clock_timestamp() as now offset 0) as clock
                    offset 0) as counted
              offset 0) as next)
where b.state = 'closed' or b.probe_by = %(call)s
returning state, failures, cooldown_s
