update tickets.tickets
set category = %(category)s, account = %(account)s
where ticket_id = %(ticket_id)s
