copy etl_reconcile_stage ({columns}) from stdin (format csv)
