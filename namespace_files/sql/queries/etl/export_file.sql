-- A day that is again as it once was is in its old file.
insert into etl_export_files (bucket, key, source_table, day, rows, bytes, sha256, fingerprint, export_id)
values (%(bucket)s, %(key)s, %(source_table)s, %(day)s, %(rows)s, %(bytes)s, %(sha256)s, %(fingerprint)s, %(export_id)s)
on conflict (bucket, key) do update
set superseded_at = null, export_id = excluded.export_id, fingerprint = excluded.fingerprint
