-- A limit of null is none.
select key, raw from leads.inbox where state = 'waiting' and lead is null order by received_at, key limit %(most)s
