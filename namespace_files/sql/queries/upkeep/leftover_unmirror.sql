drop trigger if exists etl_mirror on {base}
