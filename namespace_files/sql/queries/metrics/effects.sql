-- Effects on the outside world whose end is not known: begun and not recorded, or known to be unknown.
select kind, state, count(*) as effects_unsettled,
       extract(epoch from now() - min(started_at)) as effects_unsettled_oldest_seconds
from ops.effects
where state in ('started', 'unknown')
group by kind, state
order by 3 desc
