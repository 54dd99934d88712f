"""What the providers received, as one pydantic model a provider, kept on disk when a directory is given.

Every part is a JSON file that a person can read; blobs (pictures, documents) lie beside them under their SHA-256.
Changed parts are written in the background, each by an atomic rename, and once more at the end.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Part = TypeVar("Part", bound=BaseModel)

WRITE_EVERY_S = 0.5


class Store:
    """Parts by name, blobs by hash, and a revision that watchers can wait for."""

    def __init__(self, directory: Path | None = None) -> None:
        """Keep everything in memory, or in ``directory`` as well."""
        self.directory = directory
        self.revision = 0
        self._parts: dict[str, BaseModel] = {}
        self._fresh: dict[str, Callable[[], BaseModel]] = {}
        self._blobs: dict[str, bytes] = {}
        self._dirty: set[str] = set()
        self._passing: set[str] = set()
        self._write_took_s = 0.0
        self._changed = asyncio.Event()

    def register(self, name: str, kind: type[Part], fresh: Callable[[], Part], *, kept: bool = True) -> None:
        """Declare a part: its model, how an empty one is made, and whether a restart keeps it."""
        self._fresh[name] = fresh
        if not kept:
            self._passing.add(name)
        file = self.directory / f"{name}.json" if self.directory and kept else None
        self._parts[name] = kind.model_validate_json(file.read_bytes()) if file and file.exists() else fresh()

    def part(self, name: str, kind: type[Part]) -> Part:
        """The live part; call ``touch`` after changing it."""
        found = self._parts[name]
        if not isinstance(found, kind):
            raise TypeError(f"The part {name} is a {type(found).__name__}, not a {kind.__name__}.")
        return found

    def names(self) -> list[str]:
        """The declared parts."""
        return list(self._parts)

    def touch(self, name: str) -> None:
        """Note a change: wake the watchers, write soon."""
        self.revision += 1
        self._dirty.add(name)
        self._changed.set()
        self._changed = asyncio.Event()

    def reset(self, names: list[str] | None = None) -> None:
        """Make parts empty again (all when no names are given)."""
        for name in names or self.names():
            self._parts[name] = self._fresh[name]()
            self.touch(name)

    async def changed_since(self, revision: int) -> int:
        """Wait until the revision is another than the one given; returns the new one."""
        while self.revision == revision:
            await self._changed.wait()
        return self.revision

    def put_blob(self, content: bytes) -> str:
        """Keep bytes; returns their SHA-256 in hex."""
        digest = hashlib.sha256(content).hexdigest()
        if self.directory is None:
            self._blobs[digest] = content
        elif not (path := self._blob_path(digest)).exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return digest

    def blob(self, digest: str) -> bytes:
        """Bytes by their hash; ``KeyError`` when they were never put."""
        if digest in self._blobs:
            return self._blobs[digest]
        path = self._blob_path(digest) if self.directory else None
        if path is None or not path.exists():
            raise KeyError(digest)
        return path.read_bytes()

    async def keep_writing(self) -> None:
        """Write changed parts until cancelled."""
        while self.directory is not None:
            # A large state is written less often, so that writing takes a twentieth of the time at most.
            await asyncio.sleep(max(WRITE_EVERY_S, 20 * self._write_took_s))
            self.flush()

    def flush(self) -> None:
        """Write the changed parts now."""
        if self.directory is None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        started = time.perf_counter()
        dirty, self._dirty = self._dirty - self._passing, set()
        for name in dirty:
            target = self.directory / f"{name}.json"
            draft = target.with_suffix(".json.new")
            draft.write_text(self._parts[name].model_dump_json(indent=1), encoding="utf-8")
            draft.replace(target)
        self._write_took_s = time.perf_counter() - started

    def _blob_path(self, digest: str) -> Path:
        if self.directory is None:
            raise KeyError(digest)
        return self.directory / "blobs" / digest
