from tests.etl_support import sales
from tests.kit_support import migrated

__all__ = ["migrated", "sales"]
