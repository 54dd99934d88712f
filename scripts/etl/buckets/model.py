"""What a bucket does, and what its keys look like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KEY: Final = re.compile(r"[\w=.,+@-][\w=.,+@ -]*(?:/[\w=.,+@-][\w=.,+@ -]*)*")


class Entry(NamedTuple):
    """A file: its key, and its size in bytes."""

    key: str
    size: int


class Bucket(Protocol):
    """Files by keys such as `sales_events/csv/date=2026-11-20/part-00000.csv`."""

    uri: str

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """The files whose keys begin so, in the order of their keys."""

    def fetch(self, key: str, path: Path) -> None:
        """Copy a file to the local disk.

        Raises:
            NotFoundError: it is not there.
        """

    def put(self, key: str, content: bytes | Path, *, once: bool = False) -> bool:
        """Write a file as a whole or not at all; false when `once` is asked for and it is there already."""


def checked(key: str) -> str:
    """The key, which leads nowhere else.

    Raises:
        RefusedInputError: it is empty, absolute, has `..` or strange characters (code `key_refused`).
    """
    if not _KEY.fullmatch(key) or ".." in key.split("/") or "." in key.split("/"):
        raise RefusedInputError(
            f"{key[:100]!r} is no key of a file.", code="key_refused", next_action="Use letters, digits, = . - _ and /."
        )
    return key
