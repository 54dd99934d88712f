"""Tables in Markdown; what stands in a cell cannot break out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with its titles, ended by a line feed."""
    head = [_line(map(text, titles)), _line("---" for _ in titles)]
    return "".join([*head, *(_line(map(text, row)) for row in rows)])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def text(given: str) -> str:
    """Text that means nothing in Markdown, on one line."""
    for mark in "\\|<>[]`*_":
        given = given.replace(mark, "\\" + mark)
    return " ".join(given.split())
