update ops.flow_schedules kept
set last_at = ran.due_at
from (
    select s.namespace, s.flow_id, s.trigger_id,
           (select max(due_at) from ops.flow_runs r
            where (r.namespace, r.flow_id, r.trigger) = (s.namespace, s.flow_id, s.trigger_id)) as due_at
    from ops.flow_schedules s
) ran
where (ran.namespace, ran.flow_id, ran.trigger_id) = (kept.namespace, kept.flow_id, kept.trigger_id)
    and ran.due_at is distinct from kept.last_at and ran.due_at is not null
