-- What became of an event.
update leads.hubspot_events set outcome = %(outcome)s where key = %(key)s
