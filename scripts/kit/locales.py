"""The locale of whoever is spoken to: that of the setting OPSFLOWS_LOCALE, unless a person has chosen another."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from kit import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_spoken: Final[ContextVar[str | None]] = ContextVar("spoken", default=None)


def current() -> str:
    """The locale for texts, dates and numbers when a caller names none."""
    return _spoken.get() or settings.get().locale


@contextmanager
def spoken(locale: str | None) -> Iterator[None]:
    """Speak another locale within this `with`, in this thread and task alone; None leaves it as it is."""
    token = _spoken.set(locale or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(token)
