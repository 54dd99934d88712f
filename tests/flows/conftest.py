"""A local stack for all flow tests (engine, Postgres, provider sandbox, all real), and a bare engine for deploys."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploykit import TALK, Project, bare_engine, clean
from flowkit import Receipts
from PIL import Image

from tools.deploy.server import Server, Target
from tools.stack.stack import Stack, start


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # At DEBUG, because test_secrets_stay_secret.py looks through everything that these tests leave behind.
    running = start(tmp_path_factory.mktemp("stack"), log_level="DEBUG")
    yield running
    running.stop()


@pytest.fixture(scope="package")
def bare_target() -> Iterator[Target]:
    """An engine with nothing on it, for tests of deploys; they share it, each beginning with `server`."""
    with bare_engine() as target:
        yield target


@pytest.fixture
def server(bare_target: Target) -> Server:
    """The bare engine, without flows, releases or history of ours."""
    found = Server(bare_target)
    clean(found)
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A small checkout with one flow."""
    return Project(tmp_path).flow("demo", "talk", TALK)


@pytest.fixture
def receipts(stack: Stack) -> Iterator[Receipts]:
    """The stack as the receipt tests use it; faults of one test do not reach the next, nor do breakers they opened."""
    found = Receipts(stack)
    found.calm()
    found.forget()
    yield found
    stack.providers.clear_faults()


@pytest.fixture(scope="package")
def too_small() -> bytes:
    """A picture that is refused unseen, for tests that are not about reading it."""
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(buffer, "PNG")
    return buffer.getvalue()
