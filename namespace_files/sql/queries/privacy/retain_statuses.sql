delete from tickets.statuses
where (message_id, status) in (select message_id, status from tickets.statuses where received_at < %(events)s limit %(most)s)
