comment on table {table} is {note}
