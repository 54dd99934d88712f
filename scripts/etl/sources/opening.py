"""Opening a source by its name, with the one that stands in for it.

The fallback is read when the first choice is away (transient trouble, after its own retries), when it does not let us
in or is not there, or when what it tells cannot be true. What is wrong with its columns, or with what was asked for,
is no reason: another source would only hide it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from etl.load import contract
from etl.sources import config as configs
from kit.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    OpsflowsError,
    PermissionDeniedError,
    QuotaExhaustedError,
    TransientError,
    UncertainError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from etl.sources.config import Config
    from etl.sources.model import Checkpoint, Extracted, Source, Window

_AWAY: Final = (
    TransientError,
    UncertainError,
    AuthenticationError,
    PermissionDeniedError,
    NotFoundError,
    QuotaExhaustedError,
    InvalidResponseError,
    ConfigurationError,
)


def open_source(
    config: str | dict[str, Any] | Config, checkpoint: Checkpoint | None = None, *, dsn: str | None = None
) -> Source:
    """Open a source; nothing is connected yet.

    Args:
        config: its name in namespace_files/config/sources.json, or what would stand there.
        checkpoint: where the last reading ended; None: from the beginning.
        dsn: of the database that a table is in; default: the settings.

    Raises:
        ConfigurationError: there is no such source, its description is wrong, or its contract is.
    """
    name = config if isinstance(config, str) else "source"
    found = configs.named(config) if isinstance(config, str) else config
    if isinstance(found, dict):
        found = configs.parse(found, name)
    first = _open(name, found, checkpoint, dsn)
    if not found.fallback:
        return first
    second = _open(found.fallback, configs.named(found.fallback), checkpoint, dsn)
    return WithFallback(first, second)


class WithFallback:
    """A source, and another for the days when it is away."""

    def __init__(self, first: Source, second: Source) -> None:
        """Keep both."""
        self.name = first.name
        self._first, self._second = first, second

    def extract(self, window: Window, path: Path) -> Extracted:
        """Write the rows of a window to a file, from the first choice if it can be had.

        Raises:
            OpsflowsError: as the first choice says, when the second fails too.
        """
        try:
            return self._first.extract(window, path)
        except _AWAY as error:
            from kit import logging  # costs more to import than the rest of the chain together

            log = logging.get(__name__)
            log.warning("etl.source.fallback", source=self.name, code=error.code, fallback=self._second.name)
            try:
                return self._second.extract(window, path).instead_of(error.code)
            except OpsflowsError as other:
                log.warning("etl.source.fallback_failed", source=self._second.name, code=other.code)
                raise error from other


def _open(name: str, config: Config, checkpoint: Checkpoint | None, dsn: str | None) -> Source:
    contracted = contract.read(config.dataset)
    if config.kind == "postgres":
        from etl.sources.postgres import PostgresSource

        return PostgresSource(name, config, contracted, checkpoint, dsn)
    if config.kind == "api":
        from etl.sources.api import ApiSource

        return ApiSource(name, config, contracted, checkpoint)
    from etl.sources.folders import FolderSource

    return FolderSource(name, config, contracted, checkpoint)
