-- Executions of the last 24 hours that took, or are taking, longer than their flow may; those that wait for a person do not.
select namespace, flow_id, count(*) as flow_sla_missed_24h
from ops.flow_runs
where created_at > now() - interval '24 hours' and sla_s is not null
  and coalesce(run_s, case when state <> 'PAUSED' then extract(epoch from now() - started_at) - idle_s end) > sla_s
group by namespace, flow_id
