-- The newest runs of each flow and trigger that ended well, of those that ran lately or run now.
with lately as (
    select distinct namespace, flow_id, trigger from ops.flow_runs
    where created_at > now() - interval '2 days' and state in ('SUCCESS', 'WARNING')
    union
    select namespace, flow_id, trigger from ops.flow_runs where ended_at is null
)
select run.namespace, run.flow_id, run.trigger, run.execution_id, run.queued_s, run.run_s,
       run.created_at > now() - interval '2 days' as is_recent
from lately
cross join lateral (
    select namespace, flow_id, trigger, execution_id, queued_s, run_s, created_at
    from ops.flow_runs r
    where (r.namespace, r.flow_id) = (lately.namespace, lately.flow_id) and r.trigger = lately.trigger
        and r.state in ('SUCCESS', 'WARNING')
    order by r.created_at desc
    limit %(most)s
) run
order by run.namespace, run.flow_id, run.trigger, run.created_at desc
