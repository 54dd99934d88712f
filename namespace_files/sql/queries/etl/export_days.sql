-- The days of a table with a fingerprint each, which does not depend on the order of the rows.
select ({at} at time zone 'UTC')::date as day, count(*) as rows,
       md5(count(*) || ':' || sum(hashtextextended(t::text, 0)::numeric)) as fingerprint
from {table} t
where (%(since)s::timestamptz is null or {at} >= %(since)s) and (%(until)s::timestamptz is null or {at} < %(until)s)
group by 1
order by 1
