-- Claims on work: held by somebody, and those whose holder has let the lease end.
select count(*) filter (where lease_until >= now()) as claims_held,
       count(*) filter (where lease_until < now()) as claims_expired,
       coalesce(extract(epoch from now() - min(lease_until) filter (where lease_until < now())), 0)
           as claims_expired_oldest_seconds
from ops.claims
where state = 'held'
