-- The run of an execution, else the newest of the flow that is no rehearsal.
select *
from etl_runs
where flow = %(flow)s and (execution_id = %(execution_id)s or (%(execution_id)s = '' and not dry_run))
order by started_at desc
limit 1
