"""The fixtures of the toolkit's properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    """Hypothesis runs many examples within one test: its environment lasts a module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch
