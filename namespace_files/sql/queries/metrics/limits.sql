-- What the last calls waited for a slot, by the first part of the limiter's key; a limiter at rest counts as 0.
select split_part(key, ':', 1) as limiter,
       max(case when tat > now() - interval '1 minute' then wait_s else 0 end) as rate_limit_wait_seconds
from ops.rate_limits
group by 1
order by 2 desc
