select etl_create_audit(%(schema)s, %(table)s)
