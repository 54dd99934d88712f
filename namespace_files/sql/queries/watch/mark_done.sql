insert into ops.watch_marks (name, detail, at) values (%(name)s, %(detail)s, clock_timestamp())
on conflict (name) do update set detail = excluded.detail, at = excluded.at
