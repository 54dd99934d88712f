select (select count(*) from tickets.notices where received_at < %(events)s) as notices,
       (select count(*) from tickets.statuses where received_at < %(events)s) as statuses,
       (select count(*) from tickets.deliveries where received_at < %(events)s) as deliveries,
       (select count(*) from ops.claims
        where key like 'whatsapp:%%' and state = 'done' and updated_at < %(events)s) as claims,
       (select count(*) from ops.dead_letters
        where state <> 'open' and closed_at < %(events)s and payload is not null) as letters,
       (select count(*) from leads.inbox where state <> 'waiting' and received_at < %(events)s) as leads,
       (select count(*) from tickets.attempts where raw is not null and created_at < %(pictures)s) as readings,
       (select count(*) from tickets.tickets
        where (image_uri is not null or document_uri is not null) and updated_at < %(pictures)s) as pictures
