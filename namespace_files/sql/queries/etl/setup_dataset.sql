create table if not exists {table} ({columns}, primary key ({key}))
