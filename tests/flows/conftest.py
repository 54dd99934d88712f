"""One local stack for all flow tests: the engine, Postgres and the provider sandbox, all real."""

from collections.abc import Iterator

import pytest
from flowkit import Receipts

from tools.stack.stack import Stack, start


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(tmp_path_factory.mktemp("stack"))
    yield running
    running.stop()


@pytest.fixture
def receipts(stack: Stack) -> Iterator[Receipts]:
    """The stack as the receipt tests use it; faults of one test do not reach the next."""
    stack.providers.clear_faults()
    yield Receipts(stack)
    stack.providers.clear_faults()
