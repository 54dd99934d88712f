-- What health_check found last: 0 ok, 1 warning, 2 failed; and how old that is.
select name as "check", case state when 'ok' then 0 when 'warning' then 1 else 2 end as health_check,
       value as health_check_value,
       extract(epoch from now() - checked_at) as health_check_age_seconds
from ops.health_checks
