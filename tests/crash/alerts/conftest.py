"""A sandbox and a Postgres for deliveries that are killed."""

import os
from collections.abc import Iterator

import pytest

from local.providers import server
from local.providers.client import SandboxClient
from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]
OURS = ("OPSFLOWS_", "SLACK_", "SMTP_", "PAGERDUTY_")


@pytest.fixture(scope="module")
def process() -> Iterator[server.Sandbox]:
    with server.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: server.Sandbox, dsn: str, monkeypatch: pytest.MonkeyPatch) -> SandboxClient:
    """The providers, empty, and an environment that leads to them."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    for name, value in {**process.settings(), **process.secrets(), "OPSFLOWS_PG_DSN": dsn}.items():
        monkeypatch.setenv(name, value)
    client = SandboxClient(process.base_url)
    client.reset()
    return client
