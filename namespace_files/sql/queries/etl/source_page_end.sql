select {key} from (select {key} from {table} where {rows} order by {order} limit {page_rows}) page
order by {last_first}
limit 1
