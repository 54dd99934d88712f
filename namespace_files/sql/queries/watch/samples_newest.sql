-- The newest sample of each series that is watched, while it is news.
select distinct on (series) series, key, at, weekday, value, verdict
from ops.baseline_samples
where at > now() - interval '8 days' and split_part(series, '/', 1) = any (%(names)s)
order by series, at desc, key desc
