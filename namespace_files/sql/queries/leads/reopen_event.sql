update leads.inbox set state = 'waiting', outcome = null, done_at = null where key = %(key)s and state = 'refused'
