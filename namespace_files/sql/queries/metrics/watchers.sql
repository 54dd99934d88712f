-- When each watcher last ended well: a heartbeat that stops.
select name, extract(epoch from now() - at) as watcher_age_seconds
from ops.watch_marks
order by 2 desc
