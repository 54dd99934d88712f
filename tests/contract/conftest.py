"""One real sandbox process for all contract tests: nothing is mocked."""

import os

import pytest

from local.providers import server
from local.providers.client import SandboxClient

OURS = ("OPSFLOWS_", "SLACK_", "OPENAI_", "WHATSAPP_", "GOOGLE_", "VAULT_", "HUBSPOT_", "MANYCHAT_")


@pytest.fixture(scope="session")
def process():
    with server.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process, monkeypatch):
    """The sandbox, empty and without faults; settings and secrets point at it."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    for name, value in {**process.settings(), **process.secrets()}.items():
        monkeypatch.setenv(name, value)
    client = SandboxClient(process.base_url)
    client.reset()
    return client
