-- When each scheduled flow last ended well.
select s.namespace, s.flow_id, extract(epoch from now() - r.ended_at) as flow_last_success_age_seconds
from (select distinct namespace, flow_id from ops.flow_schedules) s
cross join lateral (
    select ended_at from ops.flow_runs f
    where f.namespace = s.namespace and f.flow_id = s.flow_id and f.state in ('SUCCESS', 'WARNING') and f.ended_at is not null
    order by f.created_at desc
    limit 1
) r
