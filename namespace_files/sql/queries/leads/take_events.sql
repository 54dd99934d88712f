-- Whoever holds the collector's lock takes them; nobody else writes contacts.
select key, lead, happened_at from leads.inbox where state = 'waiting' order by received_at, key limit %(most)s
