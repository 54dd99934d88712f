-- The newest sample of each series, while it is news.
select distinct on (series) series, key, at, weekday, value, verdict
from ops.baseline_samples
where at > now() - interval '8 days'
order by series, at desc, key desc
