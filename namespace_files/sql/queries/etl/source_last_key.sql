select {key} from {table} where {rows} order by {last_first} limit 1
