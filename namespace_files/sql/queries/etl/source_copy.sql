copy (select {columns} from {table} where {rows} order by {order}) to stdout (format csv)
