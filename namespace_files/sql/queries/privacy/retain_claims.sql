-- By then WhatsApp repeats nothing any more; its ids of messages hold phone numbers.
delete from ops.claims
where key in (select key from ops.claims
              where key like 'whatsapp:%%' and state = 'done' and updated_at < %(events)s limit %(most)s)
