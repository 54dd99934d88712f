-- What the reading engines were asked in the last 24 hours, how it went, how long it took and what it cost.
select provider, outcome, count(*) as readings_24h, avg(latency_ms) / 1000.0 as reading_seconds_avg_24h,
       coalesce(sum(cost_usd), 0) as reading_cost_usd_24h
from tickets.attempts
where created_at > now() - interval '24 hours'
group by provider, outcome
order by 3 desc
