create temporary table etl_reconcile_stage on commit drop as select {columns} from {table} with no data
