"""A stack of its own for the tests that kill its parts."""

from collections.abc import Iterator

import pytest
from flowkit import Receipts

from tools.stack.stack import Stack, start


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(tmp_path_factory.mktemp("stack"))
    yield running
    running.stop()


@pytest.fixture
def receipts(stack: Stack) -> Iterator[Receipts]:
    found = Receipts(stack)
    found.forget()
    found.calm()
    yield found
    stack.providers.clear_faults()
