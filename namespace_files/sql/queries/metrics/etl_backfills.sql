-- Windows of backfills that are not proven yet.
select s.state, count(w.backfill_id) as etl_backfill_windows
from unnest(array['waiting', 'loaded', 'failed']) s(state)
left join etl_backfill_windows w on w.state = s.state and w.state in ('waiting', 'loaded', 'failed')
group by s.state
