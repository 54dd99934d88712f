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
        uri: `s3://bucket/path`, or a folder, with `file:` or without, below OPSFLOWS_ETL_BUCKET or the task's own;
            default: OPSFLOWS_ETL_BUCKET.

    Raises:
        ConfigurationError: no URI, or a secret of S3 is missing.
        RefusedInputError: the URI is none of these (`uri_refused`), or another folder (`path_refused`).
    """
    given, uri = uri, uri or settings.require(settings.get().etl_bucket, "OPSFLOWS_ETL_BUCKET")
    if found := _S3.fullmatch(uri):
        from etl.buckets.s3 import S3Bucket

        return S3Bucket(found[1], found[2] or "")
    path = _local(uri).resolve()
    if given:
        _root_of(path)
    return FolderBucket(path)


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
    root = _root_of(path)
    return FolderBucket(root), path.relative_to(root).as_posix() + ("/" if uri.endswith("/") else "")


def _root_of(path: Path) -> Path:
    """The folder of ours that a path is in.

    Raises:
        RefusedInputError: none (code `path_refused`).
    """
    configured = settings.get().etl_bucket
    shared = [] if not configured or configured.startswith("s3://") else [_local(configured).resolve()]
    for root in (*shared, Path.cwd().resolve()):
        if path.is_relative_to(root):
            return root
    raise RefusedInputError(
        f"{path} lies outside the folders of the ETL flows.",
        code="path_refused",
        next_action="Put it below OPSFLOWS_ETL_BUCKET, or give it to the task as an input file.",
    )


def _local(uri: str) -> Path:
    rest = uri.removeprefix(_FILE)
    path = rest.removeprefix("//") if uri.startswith(_FILE + "///") else rest
    if "://" in path or path.startswith("//"):
        raise RefusedInputError(
            f"{uri} is no place for files.", code="uri_refused", next_action="Use s3://bucket/path or a folder."
        )
    return Path(path)
