select etl_index_events(%(schema)s, %(table)s)
