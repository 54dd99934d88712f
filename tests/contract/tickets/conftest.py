"""Receipts against the real sandbox process, the real OCR and a real Postgres: nothing is mocked."""

import os
from pathlib import Path

import pytest

from local.providers import server
from local.providers.client import SandboxClient
from tests.kit_support import conn, dsn, migrated, pg_server

__all__ = ["conn", "dsn", "migrated", "pg_server"]

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "ticket_supermercado.jpg"


@pytest.fixture(scope="session")
def process():
    with server.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process, monkeypatch):
    """The sandbox, empty and without faults; settings and secrets point at it."""
    for name in [name for name in os.environ if name.startswith(("OPSFLOWS_", "SLACK_", "OPENAI_", "WHATSAPP_"))]:
        monkeypatch.delenv(name)
    for name, value in {**process.settings(), **process.secrets()}.items():
        monkeypatch.setenv(name, value)
    client = SandboxClient(process.base_url)
    client.reset()
    return client


@pytest.fixture(scope="session")
def jpeg():
    """A made-up receipt over 21.75 EUR."""
    return SAMPLE.read_bytes()
