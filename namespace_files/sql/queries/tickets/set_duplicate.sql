update tickets.tickets
set perceptual_hash = %(perceptual_hash)s, duplicate_of = %(duplicate_of)s, duplicate_kind = %(duplicate_kind)s
where ticket_id = %(ticket_id)s
