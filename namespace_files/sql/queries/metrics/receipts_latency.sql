-- Seconds from the message to its end, for those that ended in the last hour.
select q.quantile::text as quantile, q.seconds as receipt_seconds
from (
    select percentile_cont(array[0.5, 0.95, 0.99]) within group (
        order by extract(epoch from finished_at - received_at)) as found
    from tickets.messages
    where finished_at > now() - interval '1 hour' and state = 'done'
) f
cross join lateral unnest(array['0.5', '0.95', '0.99'], f.found) q(quantile, seconds)
