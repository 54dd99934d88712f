from tests.kit_support import migrated, pg_server

__all__ = ["migrated", "pg_server"]
