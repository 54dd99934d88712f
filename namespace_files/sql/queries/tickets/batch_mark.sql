update tickets.batch_members
set state = %(state)s
where ticket_id = %(ticket_id)s and state in ('waiting', 'ready', 'troubled')
