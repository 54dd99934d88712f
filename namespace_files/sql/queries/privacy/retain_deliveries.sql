delete from tickets.deliveries
where (message_id, execution_id) in (select message_id, execution_id from tickets.deliveries where received_at < %(events)s limit %(most)s)
