-- Letters that were replayed or dropped stay as a count; what they were about does not.
update ops.dead_letters set payload = null, error = '', key = 'erased-' || id
where id in (select id from ops.dead_letters
             where state <> 'open' and closed_at < %(events)s and payload is not null limit %(most)s)
