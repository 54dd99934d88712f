-- What waits for somebody, in one look; every count reads an index of open things.
select (select count(*) from tickets.reviews where state = 'open') as reviews,
       (select min(expires_at) from tickets.reviews where state = 'open') as review_ends,
       (select count(*) from ops.dead_letters where state = 'open') as letters,
       (select count(*) from ops.breakers where state = 'open' or forced is not null) as breakers,
       (select count(*) from (select 1 from etl_quarantine where state = 'open' limit 10000) few) as quarantine,
       (select count(*) from ops.claims
        where state = 'held' and lease_until < now() - interval '15 minutes') as claims,
       (select count(*) from leads.troubles where found_at > now() - interval '7 days') as troubles,
       (select max(at) from ops.watch_marks where name = 'runs_collect') as collected_at
