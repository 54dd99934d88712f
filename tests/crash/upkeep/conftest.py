from tests.kit_support import migrated

__all__ = ["migrated"]
