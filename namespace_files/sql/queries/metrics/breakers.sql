-- Breakers of the providers: 1 is open, by failures or by hand.
select provider, case when coalesce(forced, state) = 'open' then 1 else 0 end as breaker_open,
       failures as breaker_failures, coalesce(extract(epoch from now() - opened_at), 0) as breaker_open_seconds
from ops.breakers
