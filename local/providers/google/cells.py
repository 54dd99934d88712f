"""Cell values: what is stored, and how each option of the API writes and shows it."""

from __future__ import annotations

import re
from typing import Any

from local.providers.google.errors import bad

CELL_LIMIT = 50_000
FORMULA_STARTS = ("=", "+", "-", "@")

_NUMBER = re.compile(r"-?\d{1,15}([.,]\d+)?")


def entered(value: Any, option: str, at: tuple[int, int]) -> Any:
    """What a cell stores for a value of a request. A formula becomes ``{"formula": text}``."""
    if value is not None and not isinstance(value, str | int | float | bool):
        kind = "list_value" if isinstance(value, list) else "struct_value"
        raise bad(f"Invalid values[{at[0]}][{at[1]}]: {kind} {{\n}}\n")
    if isinstance(value, str) and len(value) > CELL_LIMIT:
        raise bad(f"Your input contains more than the maximum of {CELL_LIMIT} characters in a single cell.")
    return _user_entered(value) if option == "USER_ENTERED" and isinstance(value, str) else value


def shown(value: Any, option: str, locale: str) -> Any:
    """A stored value as a read with this render option gives it."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return value["formula"] if option == "FORMULA" else "#NAME?"
    if option != "FORMATTED_VALUE":
        return "" if value is None else value
    return _formatted(value, locale)


def _formatted(value: Any, locale: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        names = ("FALSO", "VERDADERO") if locale.startswith("es") else ("FALSE", "TRUE")
        return names[value]
    text = f"{value:.10g}"
    # A sheet in Spanish shows 24.17 as 24,17: whoever reads FORMATTED_VALUE must expect that.
    return text.replace(".", ",") if locale[:2] in {"es", "de", "fr", "it", "pt"} else text


def _user_entered(text: str) -> Any:
    if text.startswith("'"):
        return text[1:]
    if _NUMBER.fullmatch(text):
        number = float(text.replace(",", "."))
        return int(number) if number.is_integer() and "." not in text and "," not in text else number
    if text.upper() in {"TRUE", "FALSE"}:
        return text.upper() == "TRUE"
    return {"formula": text} if text.startswith(FORMULA_STARTS) and len(text) > 1 else text
