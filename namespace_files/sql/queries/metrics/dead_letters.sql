-- Work that was given up and waits for a person.
select provider, kind, count(*) as dead_letters_open,
       extract(epoch from now() - min(created_at)) as dead_letters_oldest_seconds
from ops.dead_letters
where state = 'open'
group by provider, kind
order by 3 desc
