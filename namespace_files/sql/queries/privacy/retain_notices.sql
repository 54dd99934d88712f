delete from tickets.notices
where (notice_id) in (select notice_id from tickets.notices where received_at < %(events)s limit %(most)s)
