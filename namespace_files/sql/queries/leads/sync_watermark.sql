-- Up to when everything of HubSpot is here; null before the first run came to its end.
select max(until) as watermark from leads.sync_runs where state = 'done'
