copy {table} ({columns}) from stdin (format csv)
