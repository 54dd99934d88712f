"""The merchant: the company's name in the head of the receipt, joined when it runs over two lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from tickets.extraction.rules.names import ADDRESS, COMPANY, NOISE, TRADE, WEAK_NOISE
from tickets.extraction.rules.words import digits, fold, letters

if TYPE_CHECKING:
    from tickets.extraction.rules.reading import Entry, Reading

_HEAD_ROWS = 10
_MIN_LETTERS = 3
_SCRAP = 5  # letters: shorter ones are often a logo read in part
_TALL = 0.85
_LEGAL_FORM = re.compile(  # what follows it is another matter
    r"(?<=\w{3})\W+(?:sdn\.?\s?bhd|bhd|s/b|limited|ltd|inc|gmbh|llc|"
    r"s\.\s?l\.?(?:\s?u\.?)?|s\.\s?a\.?(?:\s?u\.?|\s?de\s?c\.?\s?v\.?)?)(?!\.?\w)\.?"
)
_GAP = 2.0  # of the row's height: wider gaps part what only happens to stand on one line
_REGISTRY = re.compile(
    r"""[(\[]?\s*(?:\b(?:co(?:mpany)?|roc|reg|gst|nif|cif|rfc|id)\b\.?\s?)*(?:no\.?)?\s*:?\s*
        (?<![A-Za-z\d])[0-9A-Z]{0,4}\d{4,12}\s?-\s?[A-Z0-9]{1,3}\b.*$""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMBERED = re.compile(r"[(\[][^()\[\]]*\d{3,}[^()\[\]]*[)\]]?.*$|[(\[][A-Z]{1,3}\d+[)\]]")
_OPEN_END = re.compile(r"(?:[&(,+'-]|\band|\by|\bde|\bdel|\bla|\bof|\bthe)$", re.IGNORECASE)
_CONTINUES = re.compile(
    r"^(?:&|\(?(?:m|kl|malaysia)\)\s|\(?(?:sdn\.?\s?bhd|bhd|s\.?l\.?u?|s\.?a\.?|s/b|ltd|inc|enterprise|trading)\.?\)?$)"
)
_ALIKE = 0.75  # ratio of heights of rows in the same print


@dataclass(frozen=True)
class Merchant:
    """A merchant's name as printed, its first row and a score."""

    name: str
    row: int
    score: float


@dataclass(frozen=True)
class _Candidate:
    """A name that may run over several rows."""

    entry: Entry
    name: str
    passed: bool  # stands below an address or a tax number, where names no longer do


def find_merchant(reading: Reading) -> Merchant | None:
    """Choose the merchant's name among the first rows."""
    head = _head(reading)
    scored = [(_points(candidate, head), -candidate.entry.number, candidate) for candidate in _candidates(head)]
    points, _, best = max(scored, key=lambda item: item[:2], default=(0.0, 0, None))
    if best is None or points <= 0:
        return None
    score = min(0.98, 0.45 + 0.09 * points) * min(1.0, best.entry.row.score + 0.03)
    return Merchant(best.name, best.entry.number, round(score, 3))


def clean(text: str) -> str:
    """Cut registry numbers and decoration off a name."""
    bare = _NUMBERED.sub("", _REGISTRY.sub("", text))
    if (form := _LEGAL_FORM.search(fold(bare))) and not fold(bare)[form.end() :].lstrip().startswith("("):
        bare = bare[: form.end()]
    return re.sub(r"\s+", " ", bare).strip(" *-=_:;,|~<>\"'")


def _head(reading: Reading) -> list[Entry]:
    """Rows that may hold the name: the first ones, down to where amounts begin; one alone may be a misread number."""
    head: list[Entry] = []
    priced = 0
    for entry in reading.entries[:_HEAD_ROWS]:
        priced += bool(entry.amounts)
        if priced > 1:
            break
        if not entry.amounts:
            head.append(entry)
    return head


def _candidates(head: list[Entry]) -> list[_Candidate]:
    """The head's rows as names, each joined with the row that continues it."""
    found: list[_Candidate] = []
    passed = joined = False
    for entry, following in zip_longest(head, head[1:]):
        if joined:
            joined = False
            continue
        text = _main_part(entry)
        if following and _goes_on(text, entry, following):
            text, joined = f"{text} {_main_part(following)}", True
        name = clean(text)
        if _could_be_name(name):
            found.append(_Candidate(entry, name, passed))
        passed = passed or bool(ADDRESS.search(fold(text)))
    return found


def _main_part(entry: Entry) -> str:
    """The longest run of boxes without a wide gap: stamps and numbers may stand beside a name."""
    parts = [[entry.row.cells[0]]]
    for cell in entry.row.cells[1:]:
        if cell.left - parts[-1][-1].right > _GAP * entry.row.height:
            parts.append([cell])
        else:
            parts[-1].append(cell)
    texts = [" ".join(cell.text for cell in part) for part in parts]
    return max(texts, key=letters)


def _could_be_name(name: str) -> bool:
    """Tell names from addresses, numbers and headings."""
    folded = fold(name)
    if letters(name) < _MIN_LETTERS or digits(name) > letters(name) or NOISE.search(folded):
        return False
    return bool(COMPANY.search(folded)) or not (ADDRESS.search(folded) or WEAK_NOISE.search(folded))


def _goes_on(text: str, entry: Entry, following: Entry) -> bool:
    """Tell whether the next row belongs to the same name."""
    folded = fold(_main_part(following))
    if NOISE.search(folded) or ADDRESS.search(folded) or not _could_be_name(clean(text) or text):
        return False
    if _OPEN_END.search(text.strip()) or text.count("(") > text.count(")") or _CONTINUES.search(folded):
        return True
    return not COMPANY.search(fold(text)) and _is_tail(folded, entry, following)


def _is_tail(folded: str, entry: Entry, following: Entry) -> bool:
    """Tell a second row that would be no name of its own: "WESTERN EASTERN" / "STATIONERY SDN BHD"."""
    suffix = COMPANY.search(folded)
    if not suffix:
        return False
    heights = sorted((entry.row.height, following.row.height))
    before = folded[: suffix.start()].split()
    return heights[0] > _ALIKE * heights[1] and (len(before) <= 1 or folded.startswith("("))


def _points(candidate: _Candidate, head: list[Entry]) -> float:
    """How much a row looks like a company's name; at most about six."""
    folded = fold(candidate.name)
    tallest = max(other.row.height for other in head)
    points = 2.6 - 0.35 * head.index(candidate.entry) - 2.0 * candidate.passed
    points += 2.4 * bool(COMPANY.search(folded)) + 0.5 * bool(TRADE.search(folded))
    points += 0.6 * (candidate.entry.row.height > _TALL * tallest)
    points -= 1.2 * (letters(candidate.name) < _SCRAP) + 0.8 * candidate.name.startswith("(")
    return points - 1.2 * (letters(TRADE.sub("", folded)) < _MIN_LETTERS)  # "Bistro & Cafe" says what, not who
