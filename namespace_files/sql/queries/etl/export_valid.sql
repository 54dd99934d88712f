select day, key, rows, bytes, sha256, fingerprint
from etl_export_files
where (bucket, source_table) = (%(bucket)s, %(source_table)s) and superseded_at is null
order by day
