-- Runs that have not ended as far as we know, and were not looked at lately; those that are paused come last.
select execution_id
from ops.flow_runs
where ended_at is null and seen_at < clock_timestamp() - make_interval(secs => %(rest_s)s)
order by state = 'PAUSED', seen_at
limit %(most)s
