"""What every test folder shares: no test waits for time's sake, and none sees this machine's settings."""

import os

import pytest

from kit import redaction

KEPT = ("OPSFLOWS_KESTRA_URL", "OPSFLOWS_KESTRA_USERNAME", "OPSFLOWS_KESTRA_PASSWORD")


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_this_machine():
    """Settings of a developer's shell must not change a test; the server to test against is named on purpose."""
    for name in [name for name in os.environ if name.startswith("OPSFLOWS_") and name not in KEPT]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch):
    """What a test hands out as a secret (a property test tries any word) is hidden in that test only."""
    monkeypatch.setattr(redaction, "_registered", set(redaction._registered))
