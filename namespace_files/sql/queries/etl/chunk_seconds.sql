-- How long each chunk of a load took to publish: since the one before it, which the same worker published. The first of
-- a worker's share follows the last of another's, which was committed later: it is left out.
select extract(epoch from committed_at - before)::float8 as seconds
from (
    select committed_at, lag(committed_at) over (order by chunk) as before
    from etl_load_chunks
    where load_id = %(load_id)s
) as chunks
where committed_at > before
