"""Text: comparing what people and machines write in different ways."""

from __future__ import annotations

import math
import unicodedata
from typing import Any


def fold(text: str) -> str:
    """Return text for comparing: no accents, no case, single spaces. `Ñandú  CAFÉ` becomes `nandu cafe`."""
    # Some letters have a case only once they are decomposed, others decompose only once they are folded.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def truncate(text: str, length: int) -> str:
    """Return at most `length` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= length else text[: max(length - 1, 0)].rstrip() + "…"


def storable(value: Any) -> Any:
    """Return a JSON document as Postgres takes it: without NUL, lone surrogates, NaN and infinity."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(name): storable(item) for name, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
