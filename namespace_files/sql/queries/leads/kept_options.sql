select options from leads.options where name = %(name)s and read_at > clock_timestamp() - make_interval(secs => %(kept_s)s)
