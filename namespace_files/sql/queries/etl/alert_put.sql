-- An alert that was raised before is found, not raised again; the update that changes nothing makes it come back.
insert into etl_improved_alerts as a (run_id, kind, level, message, detail)
values (%(run_id)s, %(kind)s, %(level)s, %(message)s, %(detail)s)
on conflict (run_id, kind, message) do update set level = a.level
returning alert_id
