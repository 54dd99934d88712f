select coalesce(max(version), 0) as version from ops.schema_migrations
