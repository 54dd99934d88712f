select create_monthly_partition(%(month)s::date, %(table)s, %(schema)s) as name
