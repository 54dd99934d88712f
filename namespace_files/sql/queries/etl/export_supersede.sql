update etl_export_files
set superseded_at = clock_timestamp()
where (bucket, source_table) = (%(bucket)s, %(source_table)s) and day = %(day)s and superseded_at is null
