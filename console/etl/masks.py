"""Rows of the quarantine as somebody may see them.

They are what a source sent: names, addresses, amounts. Readers see their shape alone, which tells a wrong format, a
shifted column or a broken quote; operators, who set rows right, see the text without what looks like a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.redaction import redact
from kit.text import truncate

if TYPE_CHECKING:
    from console.people import Role

MOST = 600


def shown(raw: str | None, role: Role) -> str:
    """A row's text for a person of that role; blank when it is no text."""
    if raw is None:
        return ""
    # Redacted before it is cut, since half of a secret looks like none; only what can be seen, and some more.
    seen = redact(raw[: 4 * MOST]) if role == "operator" else shape(raw[: MOST + 1])
    return truncate(seen, MOST)


def shape(text: str) -> str:
    """A text with `9` for each digit and `x` for each letter, and all other signs as they are."""
    return "".join("9" if one.isdigit() else "x" if one.isalpha() else one for one in text)
