-- `is_back`: the same trouble has begun again since, as an alert of its own.
select a.*, exists (
    select 1 from ops.alerts as b where b.key = a.key and b.state = 'firing' and b.alert_id > a.alert_id
) as is_back
from ops.alerts as a
where a.alert_id = %(alert_id)s
