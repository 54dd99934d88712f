-- Troubles that people were told of and that are not over.
select l.level, count(a.alert_id) as alerts_firing,
       count(a.alert_id) filter (where a.acknowledged_at is null and coalesce(a.snoozed_until, now()) <= now())
           as alerts_unacknowledged,
       coalesce(extract(epoch from now() - min(a.fired_at)), 0) as alerts_oldest_seconds
from unnest(array['INFO', 'WARNING', 'CRITICAL']) l(level)
left join ops.alerts a on a.level = l.level and a.state = 'firing' and not a.test
group by l.level
