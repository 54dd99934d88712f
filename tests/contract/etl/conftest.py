from tests.bucket_support import moto_s3, s3_uri
from tests.etl_support import sales
from tests.kit_support import migrated

__all__ = ["migrated", "moto_s3", "s3_uri", "sales"]
