-- A key that a load holds is left to it: the event lives on. In the order in which loads take them.
select hash
from public.etl_event_keys
where events = %(events)s::regclass
  and hash in (select hashtextextended(id, 0) from unnest(%(ids)s::text[]) id)
order by hash
for update skip locked
