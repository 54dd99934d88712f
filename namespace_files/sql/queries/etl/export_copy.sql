copy (select {columns} from {table} where {at} >= {since} and {at} < {until} order by {key}) to stdout (format csv)
