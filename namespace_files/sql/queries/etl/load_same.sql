select load_id, finished_at
from etl_loads
where state = 'done' and target = %(target)s and load_window = %(window)s and source_checksum = %(checksum)s
  and load_id <> %(load_id)s and finished_at > clock_timestamp() - make_interval(mins => %(ttl_minutes)s)
order by finished_at desc
limit 1
