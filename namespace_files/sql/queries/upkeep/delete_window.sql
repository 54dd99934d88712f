delete from {table} where ctid >= %(first)s::tid and ctid < %(last)s::tid and {time} < %(cutoff)s {only}
