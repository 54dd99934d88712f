insert into {table} (run_id, action, detail) values (%(run_id)s, %(action)s, %(detail)s)
