delete from {table} where seq between {first} and {last}
