"""A1 notation: parsing and writing ranges. Rows and columns count from 0 inside."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local.providers.google.errors import bad

_CELL = re.compile(r"\$?([A-Za-z]{1,3})?\$?(\d{1,8})?")
_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*")


@dataclass(frozen=True, slots=True)
class Range:
    """A range of one sheet; ends are exclusive, None means open."""

    title: str | None
    row: int = 0
    column: int = 0
    end_row: int | None = None
    end_column: int | None = None
    whole: bool = False


def column_name(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        name = chr(65 + letter) + name
    return name


def column_index(name: str) -> int:
    """A is 0."""
    index = 0
    for letter in name.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def quoted(title: str) -> str:
    """A title as Google writes it in ranges: quoted unless it is a plain word."""
    if _PLAIN_TITLE.fullmatch(title) and not _LIKE_A_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def written(title: str, row: int, column: int, end_row: int, end_column: int) -> str:
    """A range in A1 notation; ends exclusive."""
    first = f"{column_name(column)}{row + 1}"
    last = f"{column_name(end_column - 1)}{end_row}"
    return f"{quoted(title)}!{first}" if first == last else f"{quoted(title)}!{first}:{last}"


def parse(text: str, titles: list[str]) -> Range:
    """Parse a range; a text that is no cell range is a sheet's title, as Google takes it."""
    title, cells = _split(text)
    if title is None and cells in titles:
        return Range(cells, whole=True)
    if title is not None and title not in titles:
        raise bad(f"Unable to parse range: {text}")
    if not cells:
        return Range(title, whole=True)
    first, _, last = cells.partition(":")
    start, end = _CELL.fullmatch(first), _CELL.fullmatch(last or first)
    if not start or not end or not first:
        raise bad(f"Unable to parse range: {text}")
    return _range(title, start, end)


def _range(title: str | None, start: re.Match[str], end: re.Match[str]) -> Range:
    rows = sorted(int(match[2]) for match in (start, end) if match[2])
    columns = sorted(column_index(match[1]) for match in (start, end) if match[1])
    return Range(
        title,
        rows[0] - 1 if rows else 0,
        columns[0] if columns else 0,
        rows[-1] if end[2] else None,
        columns[-1] + 1 if end[1] else None,
    )


def _split(text: str) -> tuple[str | None, str]:
    if text.startswith("'"):
        match = re.fullmatch(r"'((?:[^']|'')*)'(?:!(.*))?", text, re.DOTALL)
        if not match:
            raise bad(f"Unable to parse range: {text}")
        return match[1].replace("''", "'"), match[2] or ""
    title, mark, cells = text.rpartition("!")
    return (title, cells) if mark else (None, text)
