insert into etl_lineage_edges (run_id, direction, dataset, rows, checksum)
values (%(run_id)s, %(direction)s, %(dataset)s, %(rows)s, %(checksum)s)
on conflict (run_id, direction, dataset) do update set rows = excluded.rows, checksum = excluded.checksum
