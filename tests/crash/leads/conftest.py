"""A sandbox and a Postgres for syncs that are killed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.providers import server
from local.providers.client import SandboxClient
from tests.contract.sync.synckit import Sync
from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]


@pytest.fixture(scope="module")
def process() -> Iterator[server.Sandbox]:
    with server.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: server.Sandbox, dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SandboxClient:
    """The providers, empty, and an environment that leads to them."""
    for name in [name for name in os.environ if name.startswith("HUBSPOT_")]:
        monkeypatch.delenv(name)
    for name, value in {**process.settings(), **process.secrets(), "OPSFLOWS_PG_DSN": dsn}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    client = SandboxClient(process.base_url)
    client.reset()
    client.configure(hubspot={"per_ten_seconds": 0, "search_per_second": 0})
    return client


@pytest.fixture
def sync(sandbox: SandboxClient, dsn: str) -> Iterator[Sync]:
    found = Sync(sandbox, dsn)
    found.define_properties()
    yield found
    found.close()
