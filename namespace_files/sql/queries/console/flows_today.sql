-- Each flow that has a schedule or ran within two days: its last run, its last good one, and today's in counts. The
-- lateral parts read one row or few of an index each, however many runs there are.
with scheduled as (
    select namespace, flow_id, bool_and(disabled) as disabled,
           min(next_at) filter (where not disabled) as next_at,
           bool_or(not disabled and next_at + grace_s * interval '1 second' < now()) as is_late,
           max(sla_s) as sla_s
    from ops.flow_schedules group by namespace, flow_id
), recent as (
    select namespace, flow_id,
           count(*) filter (where created_at >= %(begins)s) as runs,
           count(*) filter (where created_at >= %(begins)s and state = 'FAILED') as failed
    from ops.flow_runs
    where created_at >= least(%(begins)s, now() - interval '2 days')
    group by namespace, flow_id
)
select namespace, flow_id, coalesce(recent.runs, 0) as runs, coalesce(recent.failed, 0) as failed,
       scheduled.flow_id is not null as is_scheduled, coalesce(scheduled.disabled, false) as disabled,
       scheduled.next_at, coalesce(scheduled.is_late, false) as is_late,
       last.execution_id, last.state, last.created_at, last.ended_at,
       coalesce(last.run_s, extract(epoch from now() - coalesce(last.started_at, last.created_at))) as run_s,
       coalesce(last.sla_s, scheduled.sla_s) as sla_s,
       good.ended_at as good_at
from scheduled
full join recent using (namespace, flow_id)
left join lateral (
    select run.execution_id, run.state, run.created_at, run.started_at, run.ended_at, run.run_s, run.sla_s
    from ops.flow_runs run
    where run.namespace = coalesce(scheduled.namespace, recent.namespace)
      and run.flow_id = coalesce(scheduled.flow_id, recent.flow_id)
    order by run.created_at desc limit 1
) last on true
left join lateral (
    select run.ended_at from ops.flow_runs run
    where run.namespace = coalesce(scheduled.namespace, recent.namespace)
      and run.flow_id = coalesce(scheduled.flow_id, recent.flow_id)
      and run.state in ('SUCCESS', 'WARNING')
    order by run.created_at desc limit 1
) good on true
order by namespace, flow_id
