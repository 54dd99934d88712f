"""Building blocks of Slack cards: data escaped, lengths within Slack's limits. Sending them is `adapters.slack`.

Escaping `& < >` also disarms `<!channel>` and disguised links in what people sent us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kit.text import truncate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Block = dict[str, Any]
# Source: Slack, Block Kit reference; the text of a section is kept a little below its 3,000.
_HEADER: Final = 150
_SECTION: Final = 2990
_FIELD: Final = 2000
_FIELDS: Final = 10
_ELEMENTS: Final = 10


def escape(text: str) -> str:
    """Escape data for mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def header(text: str) -> Block:
    """A title, plain text."""
    return {"type": "header", "text": {"type": "plain_text", "text": truncate(text, _HEADER), "emoji": True}}


def section(text: str, bullets: Sequence[str] = ()) -> Block:
    """A paragraph and its bullets; both are escaped, `*bold*` works."""
    lines = [text, *(f"• {bullet}" for bullet in bullets)]
    return {"type": "section", "text": _mrkdwn("\n".join(lines), _SECTION)}


def fields(values: Mapping[str, str]) -> Block:
    """Labels with their values in two columns, ten at most; all are escaped."""
    shown = list(values.items())[:_FIELDS]
    return {
        "type": "section",
        "fields": [_mrkdwn(f"*{label}*\n{value}", _FIELD) for label, value in shown],
    }


def context(elements: Sequence[str]) -> Block:
    """Small print, ten pieces at most, of our own mrkdwn (links): escape any data in it yourself."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text} for text in elements[:_ELEMENTS]]}


def _mrkdwn(text: str, length: int) -> dict[str, str]:
    escaped = escape(text)
    if len(escaped) > length:
        # Cut before escaping: a cut entity would show as garbage.
        escaped = escape(truncate(text, max(length - (len(escaped) - len(text)), 0)))
    return {"type": "mrkdwn", "text": escaped}
