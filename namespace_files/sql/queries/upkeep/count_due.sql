select count(*) as rows from {table} where {time} < %(cutoff)s {only}
