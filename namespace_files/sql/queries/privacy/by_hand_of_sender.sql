-- What only a person can delete: cards in Slack, and the monthly reports that name the sender.
select 'slack' as place, e.key as ref, e.result ->> 'channel' as channel, e.result ->> 'ts' as ts
from ops.effects e
where e.kind = 'slack.card' and e.state in ('done', 'unknown')
  and split_part(e.key, ':', 2) in (select ticket_id from subjects)
union all
select 'monthly_report', month, null, null
from (select distinct to_char(issued_on, 'YYYY-MM') as month from subjects where verdict = 'accept') months
where month is not null
order by 1, 2
