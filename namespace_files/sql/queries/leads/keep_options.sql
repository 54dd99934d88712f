insert into leads.options (name, options) values (%(name)s, %(options)s)
on conflict (name) do update set options = excluded.options, read_at = clock_timestamp()
