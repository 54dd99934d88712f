insert into tickets.executions (ticket_id, execution_id) values (%(ticket_id)s, %(execution_id)s)
on conflict do nothing
