"""The fixtures of the toolkit's tests."""

from __future__ import annotations

import pytest

from tests.kit_support import bare_dsn, conn, dsn, migrated, no_waits, server

__all__ = ["bare_dsn", "conn", "dsn", "migrated", "no_waits", "server"]


@pytest.fixture(autouse=True)
def _a_plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a developer's shell or a running stack exports must not decide a test."""
    for name in ("HTTP_ALLOW_PRIVATE", "EXECUTION_ID", "TASK_ID", "LOG_LEVEL", "LOCALE"):
        monkeypatch.delenv(f"OPSFLOWS_{name}", raising=False)
