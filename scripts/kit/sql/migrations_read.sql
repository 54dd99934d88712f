select version, name, sha256 from ops.schema_migrations order by version
