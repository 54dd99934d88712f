"""What every test folder shares: no test waits for time's sake, and none sees this machine's settings."""

import os

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from kit import redaction
from tests.kit_support import pg_server

__all__ = ["pg_server"]

KEPT = ("OPSFLOWS_KESTRA_URL", "OPSFLOWS_KESTRA_USERNAME", "OPSFLOWS_KESTRA_PASSWORD")


# Their tests share a stack or a server that takes long to start, so one worker runs all of them.
TOGETHER = ("backup", "conformance", "contract/doctor", "crash/flows", "crash/kit", "edge", "flows", "web")
# What takes longest is begun first. The others with an engine, the longest first, come when it is nearly done: engines
# side by side take each other's time.
FIRST = ("flows",)
LAST = ("crash/flows", "backup", "conformance", "crash")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in the order in which workers take them, the folders of both lists in the lists' own order."""
    items.sort(key=lambda item: _turn(_path(item.nodeid)))


def _turn(path: str) -> int:
    """The lower, the earlier."""
    for turn, folders in ((-len(FIRST), FIRST), (1, LAST)):
        for place, folder in enumerate(folders):
            if path.startswith(f"{folder}/"):
                return turn + place
    return 0


def _path(nodeid: str) -> str:
    return nodeid.partition("::")[0].removeprefix("tests/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Give a worker whole folders of TOGETHER, and of the others whole files."""
    return ByFolder(config, log)


class ByFolder(LoadScopeScheduling):
    """Which tests stay together."""

    def _split_scope(self, nodeid: str) -> str:
        path = _path(nodeid)
        return next((folder for folder in TOGETHER if path.startswith(f"{folder}/")), path)


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_this_machine():
    """Settings of a developer's shell must not change a test; the server to test against is named on purpose."""
    for name in [name for name in os.environ if name.startswith("OPSFLOWS_") and name not in KEPT]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests(monkeypatch):
    """What a test hands out as a secret (a property test tries any word) is hidden in that test only."""
    monkeypatch.setattr(redaction, "_registered", set(redaction._registered))
