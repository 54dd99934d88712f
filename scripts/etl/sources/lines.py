"""Rows of CSV as the loader reads them: the empty text is quoted, null is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from etl.load.fields import MAX_ROW_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_QUOTED: Final = re.compile(r'[",\r\n]')


def field(value: Any) -> str:
    """A value as a field: None is null; what is no text becomes JSON's text for it."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _text(value)
    if not text or _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def line(values: Sequence[Any]) -> bytes:
    """A row with its line feed; half a surrogate pair becomes the broken UTF-8 that it is, for the loader to find."""
    return (",".join(map(field, values)) + "\n").encode("utf-8", "surrogatepass")


def rows(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The rows of lines: those whose quotes are open go on in the next, up to the largest row that is loaded."""
    held = b""
    for found in lines:
        held += found
        if held.count(b'"') % 2 == 0 or len(held) > MAX_ROW_BYTES:
            yield held
            held = b""
    if held:
        yield held


def _text(value: Any) -> str:
    import json

    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=float)
    return str(value)
