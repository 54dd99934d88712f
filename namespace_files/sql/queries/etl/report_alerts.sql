select a.level, a.kind, a.message, coalesce(r.flow, '') as flow
from etl_improved_alerts a
left join etl_runs r using (run_id)
where a.created_at >= %(since)s and a.created_at < %(until)s
order by a.level, a.created_at
limit 100
