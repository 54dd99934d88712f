update etl_exports
set days = %(days)s, files = %(files)s, rows = %(rows)s, bytes = %(bytes)s, manifest = %(manifest)s,
    manifest_sha256 = %(manifest_sha256)s, finished_at = clock_timestamp()
where export_id = %(export_id)s
