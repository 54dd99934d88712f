-- How far the sync with HubSpot is behind; nothing while it has never run.
select extract(epoch from now() - max(until) filter (where state = 'done')) as leads_sync_lag_seconds,
       extract(epoch from now() - min(started_at) filter (where state = 'running')) as leads_sync_running_seconds,
       (select count(*) from leads.sync_rows where looked_at is null) as leads_sync_unsettled
from leads.sync_runs
