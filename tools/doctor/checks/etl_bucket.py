"""Where files of the ETL flows lie: whether the folder, or S3, lets us in.

Everything is read, so a key that may read and not write shows with the first export only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from etl.buckets import opening
from etl.buckets.folder import FolderBucket
from etl.buckets.s3 import KEY_ID, SECRET, S3Bucket
from tools.doctor.model import Finding, absent, attention, ok, wrong
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "etl-bucket"
TITLE = "the bucket of the ETL flows"
_PAGE = "setup/etl-bucket.md"
_KEY = f"Put a key of this bucket alone into secrets/{KEY_ID}, and what belongs to it into secrets/{SECRET}."
ADVICE: Mapping[str, Advice] = {
    Trouble.AUTHENTICATION: Advice("S3 does not accept the key: {error}", _KEY, "setup/etl-bucket.md#key-refused"),
    Trouble.PERMISSION: Advice(
        "The key may not list the bucket: {error}",
        "Give it ListBucket, GetObject and PutObject on this bucket; the page has the policy.",
        "setup/etl-bucket.md#rights",
    ),
    Trouble.MISSING: Advice(
        "There is no such bucket: {error}",
        "Check OPSFLOWS_ETL_BUCKET, OPSFLOWS_ETL_BUCKET_REGION and OPSFLOWS_ETL_BUCKET_ENDPOINT.",
        "setup/etl-bucket.md#no-such-bucket",
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """List one file of S3, or look at the folder."""
    uri = where.settings.etl_bucket
    if not uri:
        text = "OPSFLOWS_ETL_BUCKET is not set: no export is made, and no file is read."
        yield absent("bucket", text, "To export tables or read files, set it.", _PAGE)
        return
    if uri.startswith("s3://") and (lacking := [name for name in (KEY_ID, SECRET) if not where.secret(name)]):
        yield wrong("key", f"{uri} is set, and {' and '.join(lacking)} is not.", _KEY, _PAGE)
        return
    bucket = opening.open_bucket()
    if isinstance(bucket, S3Bucket):
        has = bucket.reach(min(8.0, where.remaining_s))
        yield ok("bucket", f"{bucket.uri} can be listed" + ("." if has else "; nothing is there yet."))
    elif isinstance(bucket, FolderBucket):
        yield _folder(bucket)


def _folder(bucket: FolderBucket) -> Finding:
    if not bucket.root.is_dir():
        text = f"The folder {bucket.root} is not there, or this machine does not see it."
        return attention("folder", text, "The first file makes it where the workers run.", "setup/etl-bucket.md#folder")
    if not os.access(bucket.root, os.R_OK | os.W_OK | os.X_OK):
        text = f"The folder {bucket.root} may not be read and written by this user."
        return wrong("folder", text, "Give it to the user that Kestra runs as.", "setup/etl-bucket.md#folder")
    return ok("folder", f"The folder {bucket.root} can be read and written.")
