"""Places to measure in: a database or a whole stack of their own, gone afterwards."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import postgres
from platform_tasks import migrate
from tools.stack import stack as stacks

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that the database's own user may enter, too."""
    with tempfile.TemporaryDirectory(prefix="opsflows-bench-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@contextmanager
def database() -> Iterator[tuple[str, Path]]:
    """The DSN of an empty database with all migrations, and a folder for data beside it."""
    with folder() as path:
        server = postgres.start(path / "pg")
        try:
            migrate.apply(server.dsn)
            yield server.dsn, path
        finally:
            server.stop()


@contextmanager
def stack(**options: Any) -> Iterator[tuple[stacks.Stack, Path]]:
    """A stack with everything deployed, and a folder for data beside it; options as `tools.stack.stack.start`."""
    with folder() as path:
        started = stacks.start(path / "stack", **options)
        try:
            yield started, path
        finally:
            started.stop()
