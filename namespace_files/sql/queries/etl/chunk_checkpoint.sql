insert into etl_load_chunks (load_id, chunk, checksum, rows, inserted, updated)
values (%(load_id)s, %(chunk)s, %(checksum)s, %(rows)s, %(inserted)s, %(updated)s)
