-- Events about people that were collected in the last 24 hours, by what became of them.
select coalesce(outcome, state) as outcome, count(*) as lead_events_24h, avg(queued_s) as lead_event_queued_seconds_avg_24h
from leads.inbox
where done_at > now() - interval '24 hours'
group by 1
order by 2 desc
