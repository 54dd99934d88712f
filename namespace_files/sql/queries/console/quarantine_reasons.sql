-- Open rows of the quarantine, by reason: each reason is looked up in the index after the one before, and its rows are
-- counted up to a bound, so that a quarantine of millions costs what one of thousands does.
with recursive reasons as (
    (select dataset, code, 1 as number from etl_quarantine where state = 'open' order by dataset, code limit 1)
    union all
    select n.dataset, n.code, r.number + 1
    from reasons r
    cross join lateral (
        select dataset, code from etl_quarantine
        where state = 'open' and (dataset, code) > (r.dataset, r.code) order by dataset, code limit 1
    ) n
    where r.number < 50
)
select r.dataset, r.code, counted.rows, newest.newest_at
from reasons r
cross join lateral (
    select count(*) as rows from (
        select from etl_quarantine q where q.state = 'open' and q.dataset = r.dataset and q.code = r.code
        order by q.created_at limit %(most)s + 1
    ) few
) counted
cross join lateral (
    select q.created_at as newest_at from etl_quarantine q
    where q.state = 'open' and q.dataset = r.dataset and q.code = r.code order by q.created_at desc limit 1
) newest
order by counted.rows desc, 1, 2
