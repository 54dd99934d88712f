lock table {table} in {mode} mode
