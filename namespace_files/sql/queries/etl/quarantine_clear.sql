delete from etl_quarantine where load_id = %(load_id)s and state = 'open'
