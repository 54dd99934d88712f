comment on table {shadow} is {state}
