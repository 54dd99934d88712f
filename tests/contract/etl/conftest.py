from tests.bucket_support import moto_s3, s3_uri
from tests.etl_support import sales
from tests.kit_support import migrated, pg_server

__all__ = ["migrated", "moto_s3", "pg_server", "s3_uri", "sales"]
