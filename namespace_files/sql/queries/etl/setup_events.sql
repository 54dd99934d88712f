select etl_create_events(%(schema)s, %(table)s)
