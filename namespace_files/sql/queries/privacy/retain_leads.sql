delete from leads.inbox
where key in (select key from leads.inbox where state <> 'waiting' and received_at < %(events)s limit %(most)s)
