-- Receipts that wait for a person, or whose decision waits to be carried out.
select s.state, count(r.review_id) as reviews_open,
       coalesce(extract(epoch from now() - min(r.opened_at)), 0) as reviews_open_oldest_seconds
from unnest(array['open', 'decided', 'applied', 'expired']) s(state)
left join tickets.reviews r on r.state = s.state and r.finished_at is null
group by s.state
