"""The page as the rules see it: each row with its folded text, its amounts and what it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickets.extraction.rules.labels import Kind, kind_of
from tickets.extraction.rules.numbers import Amount, Style, amounts, repair, style_of
from tickets.extraction.rules.words import fold, letters

if TYPE_CHECKING:
    from decimal import Decimal

    from tickets.extraction.page import Page, Row

_SUMMARY_ROWS = 8
_NEAR = 0.9  # of the row's height
_DATES = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?")


@dataclass(frozen=True)
class Entry:
    """One row: ``text`` with numbers repaired, ``folded`` for words, ``in_summary`` inside a table of taxes."""

    number: int
    row: Row
    text: str
    folded: str
    kind: Kind
    amounts: tuple[Amount, ...]
    in_summary: bool

    @property
    def last(self) -> Decimal | None:
        """The rightmost amount."""
        return self.amounts[-1].value if self.amounts else None

    @property
    def bare(self) -> bool:
        """Tell whether the row holds amounts and hardly a word."""
        return bool(self.amounts) and letters(self.text) <= 3  # noqa: PLR2004 a currency's code


def _beside(left: Entry, right: Entry) -> bool:
    """Tell whether two rows are one on bent paper: nearer to each other than rows are."""
    return abs(left.row.middle - right.row.middle) < _NEAR * max(left.row.height, right.row.height)


@dataclass(frozen=True)
class Reading:
    """All rows of a page and how it prints amounts."""

    page: Page
    entries: tuple[Entry, ...]
    style: Style

    @property
    def texts(self) -> list[str]:
        """The rows as read."""
        return [entry.row.text for entry in self.entries]

    def value_of(self, entry: Entry) -> Decimal | None:
        """The amount a label speaks of: in its row, else alone in the next one, or just above on bent paper."""
        if entry.amounts:
            return entry.last
        following = self.entries[entry.number + 1 : entry.number + 2]
        if following and following[0].bare and following[0].kind == "plain":
            return following[0].last
        before = self.entries[max(entry.number - 1, 0) : entry.number]
        return before[0].last if before and before[0].bare and _beside(before[0], entry) else None


def read_page(page: Page) -> Reading:
    """Classify the rows of a page."""
    texts = [_DATES.sub(" ", row.text) for row in page.rows]
    style = style_of(texts)
    entries: list[Entry] = []
    since_summary = _SUMMARY_ROWS
    for number, row in enumerate(page.rows):
        folded = fold(row.text)
        kind = kind_of(folded)
        since_summary = 0 if kind == "summary" else since_summary + 1
        entry = Entry(
            number=number,
            row=row,
            text=repair(texts[number]),
            folded=folded,
            kind=kind,
            amounts=tuple(amounts(texts[number], style)),
            in_summary=since_summary < _SUMMARY_ROWS and kind not in {"grand_total", "card", "cash", "change"},
        )
        entries.append(entry)
    return Reading(page=page, entries=tuple(entries), style=style)
