"""One local stack for all flow tests: the engine, Postgres and the provider sandbox, all real."""

import io
from collections.abc import Iterator

import pytest
from flowkit import Receipts
from PIL import Image

from tools.stack.stack import Stack, start


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # At DEBUG, because test_secrets_stay_secret.py looks through everything that these tests leave behind.
    running = start(tmp_path_factory.mktemp("stack"), log_level="DEBUG")
    yield running
    running.stop()


@pytest.fixture
def receipts(stack: Stack) -> Iterator[Receipts]:
    """The stack as the receipt tests use it; faults of one test do not reach the next."""
    stack.providers.clear_faults()
    yield Receipts(stack)
    stack.providers.clear_faults()


@pytest.fixture(scope="session")
def too_small() -> bytes:
    """A picture that is refused unseen, for tests that are not about reading it."""
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(buffer, "PNG")
    return buffer.getvalue()
