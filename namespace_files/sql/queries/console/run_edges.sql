-- What a run read and wrote.
select direction, dataset, rows, checksum from etl_lineage_edges where run_id = %(run_id)s order by direction, dataset limit 200
