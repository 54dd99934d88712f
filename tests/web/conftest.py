"""Chromium, and a sandbox to look at."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from local.providers import server
from local.providers.client import SandboxClient
from tests.book_support import book
from tests.console_support import console_url, desk
from tests.kit_support import conn, dsn, migrated
from tests.web import console_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["book", "conn", "console_url", "desk", "dsn", "migrated"]

# How long `expect` waits: as long as a page may take beside the other tests of a small machine.
MOST_MS = 20_000
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def browser():
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("Chromium was not found. Install it (Debian: apt-get install chromium) to run the web tests.")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    sync_api.expect.set_options(timeout=MOST_MS)
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(browser, desk):
    """Opens a page of the console; fails the test on what `Visitor` notices."""
    visitor = console_browser.Visitor(browser, desk)
    yield visitor
    visitor.close()
    assert visitor.troubles == []


@pytest.fixture(scope="package")
def running() -> Iterator[server.Sandbox]:
    with server.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    SandboxClient(running.base_url).reset()
    return running


@pytest.fixture
def control(sandbox):
    return SandboxClient(sandbox.base_url)


@pytest.fixture
def open_page(browser, sandbox):
    """Opens the page; fails the test on any error in the console, any dialog, and any request to another host."""
    troubles: list[str] = []
    contexts = []

    def open_it(width=1400, height=1000, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(f"dialog {dialog.message}") or dialog.dismiss())
        page.on("request", lambda asked: None if asked.url.startswith(sandbox.base_url) else troubles.append(asked.url))
        page.goto(sandbox.base_url)
        page.locator('#live[data-state="on"]').wait_for()
        return page

    open_it.troubles = troubles
    yield open_it
    for context in contexts:
        context.close()
    assert troubles == []
