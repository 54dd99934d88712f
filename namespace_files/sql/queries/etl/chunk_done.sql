select checksum from etl_load_chunks where load_id = %(load_id)s and chunk = %(chunk)s
