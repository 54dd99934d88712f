"""What the rules read on labelled pictures, field by field, and whether it was right."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from benchmarks.receipts import part_of
from tickets.extraction import confidence, image, ocr, offline
from tickets.extraction.page import from_data

if TYPE_CHECKING:
    from pathlib import Path

    from tickets.extraction.page import Page

# Our field -> its name in labels.json.
LABELS = {"total": "total", "issued_on": "date", "merchant": "company", "currency": "currency"}
_SIMILAR = 0.90


@dataclass(frozen=True)
class Observation:
    """One field of one receipt: its features, whether its value is right, and the part that the receipt belongs to."""

    key: str
    part: str
    field: str
    features: dict[str, float]
    right: bool


def observe(folder: Path, cache: Path, currency: str | None) -> list[Observation]:
    """Read the labelled pictures of a folder.

    Args:
        folder: `labels.json` (a list of objects with `id`, `company`, `date`, `total`) and `<id>.jpg`.
        cache: folder of the pages read, one JSON file a picture; what is there is not read again.
        currency: the currency of all of them, where the labels do not tell.
    """
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    cache.mkdir(parents=True, exist_ok=True)
    today = datetime.now(tz=UTC).date()
    found = []
    for label in labels:
        page = _page(folder / f"{label['id']}.jpg", cache / f"{label['id']}.json")
        found += _of_one({"currency": currency} | label, page, today)
    return found


def _of_one(label: dict[str, Any], page: Page, today: date) -> list[Observation]:
    extraction = offline.from_page(page, country="ES", today=today)
    part = part_of(label["id"])
    return [
        Observation(label["id"], part, field, confidence.features(extraction, field), _right(field, value, truth))
        for field, name in LABELS.items()
        if (truth := label.get(name)) and (value := getattr(extraction.receipt, field)) is not None
    ]


def _page(picture: Path, kept: Path) -> Page:
    if not kept.is_file():
        page = ocr.read(image.check(picture.read_bytes()).jpeg)
        kept.write_text(json.dumps(page.as_data()), encoding="utf-8")
    return from_data(json.loads(kept.read_text(encoding="utf-8")))


def _right(field: str, value: object, truth: str) -> bool:
    """Amounts and dates exactly, names by nine tenths of their letters."""
    if field == "total":
        try:
            return Decimal(str(value)) == Decimal(truth)
        except InvalidOperation:
            return False
    if field == "merchant":
        return SequenceMatcher(None, _folded(str(value)), _folded(truth)).ratio() >= _SIMILAR
    return str(value) == truth


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())
