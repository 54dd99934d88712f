"""What every test folder shares: no test waits for time's sake, and none sees this machine's settings."""

import os
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from kit import redaction
from tests.kit_support import pg_server

__all__ = ["pg_server"]

# How long a draw takes says more of the machine than of the code.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("repeatable", derandomize=True, **_PATIENT)
settings.register_profile("explore", max_examples=1000, **_PATIENT)
settings.load_profile("repeatable")

KEPT = ("OPSFLOWS_KESTRA_URL", "OPSFLOWS_KESTRA_USERNAME", "OPSFLOWS_KESTRA_PASSWORD")


# Their tests share a stack or a server that takes long to start, so one worker runs all of them.
TOGETHER = ("backup", "conformance", "contract/doctor", "crash/flows", "crash/kit", "edge", "flows", "web")
# What takes longest is begun first. The others with an engine, the longest first, come when it is nearly done: engines
# side by side take each other's time.
THE_OTHERS = "*"
ORDER = ("flows", THE_OTHERS, "crash/flows", "backup", "conformance", "crash")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in the order in which workers take them."""
    items.sort(key=lambda item: ORDER.index(_folder(item.nodeid, ORDER) or THE_OTHERS))


def _folder(nodeid: str, folders: Sequence[str]) -> str | None:
    """The first of some folders that a test is in."""
    return next((folder for folder in folders if _path(nodeid).startswith(f"{folder}/")), None)


def _path(nodeid: str) -> str:
    return nodeid.partition("::")[0].removeprefix("tests/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Give a worker whole folders of TOGETHER, and of the others whole files."""
    return ByFolder(config, log)


class ByFolder(LoadScopeScheduling):
    """Which tests stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return _folder(nodeid, TOGETHER) or _path(nodeid)


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_this_machine():
    """Settings of a developer's shell must not change a test; the server to test against is named on purpose."""
    for name in [name for name in os.environ if name.startswith("OPSFLOWS_") and name not in KEPT]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch):
    """What a test hands out as a secret (a property test tries any word) is hidden in that test only."""
    monkeypatch.setattr(redaction, "_registered", set(redaction._registered))
