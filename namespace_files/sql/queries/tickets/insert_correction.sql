insert into tickets.corrections (ticket_id, revision, field, was, became, by, via)
values (%(ticket_id)s, %(revision)s, %(field)s, %(was)s, %(became)s, %(by)s, %(via)s)
