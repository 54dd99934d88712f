insert into etl_exports (execution_id, dataset, source_table, bucket)
values (%(execution_id)s, %(dataset)s, %(source_table)s, %(bucket)s)
returning export_id
