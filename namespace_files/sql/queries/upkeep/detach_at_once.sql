alter table {table} detach partition {partition}
