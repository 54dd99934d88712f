-- FOR SHARE waits for whoever is changing a row, and takes it as it is then; what changes later the trigger mirrors.
insert into {shadow} ({columns})
select {columns} from {table} where ctid >= %(first)s::tid and ctid < %(last)s::tid
for share
on conflict do nothing
