"""The sync against the real sandbox process and a real Postgres."""

from collections.abc import Iterator

import pytest
from synckit import Sync

from local.providers.client import SandboxClient
from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]


@pytest.fixture
def sync(sandbox: SandboxClient, dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Sync]:
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.chdir(tmp_path)
    # The tests are not about limits, and the sandbox counts none.
    sandbox.configure(hubspot={"per_ten_seconds": 0, "search_per_second": 0})
    found = Sync(sandbox, dsn)
    found.define_properties()
    yield found
    found.close()
