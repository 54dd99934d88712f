"""Which bucket a URI means.

A path without a scheme is below OPSFLOWS_ETL_BUCKET. Files of this machine are only read below that folder or the
task's own: a flow's input must not reach what else a worker can see.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from etl.buckets.folder import FolderBucket
from kit import settings
from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from etl.buckets.model import Bucket

_S3: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_FILE: Final = "file:"


def open_bucket(uri: str | None = None) -> Bucket:
    """Open a bucket.

    Args:
        uri: `s3://bucket/path`, or a folder, with `file:` or without; default: OPSFLOWS_ETL_BUCKET.

    Raises:
        ConfigurationError: no URI, or a secret of S3 is missing.
        RefusedInputError: the URI is none of these (`uri_refused`).
    """
    uri = uri or settings.require(settings.get().etl_bucket, "OPSFLOWS_ETL_BUCKET")
    if found := _S3.fullmatch(uri):
        from etl.buckets.s3 import S3Bucket

        return S3Bucket(found[1], found[2] or "")
    return FolderBucket(_local(uri))


def located(uri: str) -> tuple[Bucket, str]:
    """Return the bucket and the key, or the beginning of keys, that a URI means.

    Raises:
        ConfigurationError: as `open_bucket`.
        RefusedInputError: it is no URI that is read (`uri_refused`), or outside the folders that may be read
            (`path_refused`).
    """
    if found := _S3.fullmatch(uri):
        return open_bucket(f"s3://{found[1]}"), found[2] or ""
    if not uri.startswith((_FILE, "/")) and "://" not in uri:
        return open_bucket(), uri
    path = _local(uri).resolve()
    for root in _roots():
        if path.is_relative_to(root):
            return FolderBucket(root), path.relative_to(root).as_posix() + ("/" if uri.endswith("/") else "")
    raise RefusedInputError(
        f"{uri} lies outside the folders that may be read.",
        code="path_refused",
        next_action="Put it below OPSFLOWS_ETL_BUCKET, or give it to the task as an input file.",
    )


def _roots() -> list[Path]:
    configured = settings.get().etl_bucket
    shared = [] if not configured or configured.startswith("s3://") else [_local(configured).resolve()]
    return [*shared, Path.cwd().resolve()]


def _local(uri: str) -> Path:
    rest = uri.removeprefix(_FILE)
    path = rest.removeprefix("//") if uri.startswith(_FILE + "///") else rest
    if "://" in path or path.startswith("//"):
        raise RefusedInputError(
            f"{uri} is no place for files.", code="uri_refused", next_action="Use s3://bucket/path or a folder."
        )
    return Path(path)
