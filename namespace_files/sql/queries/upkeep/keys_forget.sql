-- A statement of its own, after the lock: only so does it see an event that a load brought meanwhile. Each event is
-- looked up by the months' keys; a scan of all months would be chosen for the number of them.
set local enable_hashjoin = off;
set local enable_mergejoin = off;
with living as materialized (
    select hashtextextended(id, 0) as hash
    from unnest(%(ids)s::text[]) id
    where exists (select from {events} e where e.event_id = id)
)
delete from public.etl_event_keys
where events = %(events)s::regclass and hash = any (%(hashes)s::bigint[]) and hash not in (select hash from living)
