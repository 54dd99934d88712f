"""Tables in Markdown; what stands in a cell cannot break out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with its titles, ended by a line feed."""
    head = [_line(map(_cell, titles)), _line("---" for _ in titles)]
    return "".join([*head, *(_line(map(_cell, row)) for row in rows)])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _cell(text: str) -> str:
    for mark in "\\|<>[]`*_":
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.split())
