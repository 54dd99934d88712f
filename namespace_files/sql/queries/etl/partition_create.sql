create table if not exists {partition} partition of {target} for values from ({first}) to ({next})
