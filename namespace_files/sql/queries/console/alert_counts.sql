select count(*) filter (where level = 'CRITICAL') as critical,
       count(*) filter (where level = 'WARNING') as warning,
       count(*) filter (where level = 'INFO') as info,
       count(*) filter (where acknowledged_at is null and level = 'WARNING') as unseen
from ops.alerts where state = 'firing' and not test
