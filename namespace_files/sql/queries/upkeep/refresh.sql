select refresh_etl_mvs()
