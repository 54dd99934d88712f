"""How probable it is that a field's value is right: an engine's score, calibrated by a small committed table.

log-odds = bias + sum of weight x feature. `tools.calibrate` fits the weights of the local OCR on labelled receipts;
those of the vision model are assumptions, stated in docs/extraction.md, because its answers are not ours to collect.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from kit import configs
from tickets.extraction import arithmetic

if TYPE_CHECKING:
    from tickets.extraction.model import Extraction

CALIBRATION_FILE = "config/calibration.json"
_EDGE = 0.02  # scores nearer to 0 or 1 than this tell no more
# A row's own OCR score is mostly between 0.9 and 1: this spreads it to about -1 to 1 around the usual one.
_USUAL_PRINT, _PRINT_SPREAD = 0.97, 0.07


class Table(BaseModel):
    """The committed table.

    Attributes:
        fitted_on: what the weights were fitted on, for people.
        engines: engine -> field -> feature -> weight; a field that is not there keeps its engine's score.
        agreement: how many times the odds rise when another engine reads the same, and fall when it differs.
        most: no confidence is higher than this.
        thresholds: field -> smallest confidence with which it is taken unseen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fitted_on: str
    engines: dict[str, dict[str, dict[str, float]]]
    agreement: float
    most: float
    thresholds: dict[str, float]


@cache
def table() -> Table:
    """Read the table once a process.

    Raises:
        ConfigurationError: the file is malformed.
    """
    again = "Make it anew with `python -m tools.calibrate`, and deploy it again."
    return configs.read(Table, CALIBRATION_FILE, next_action=again)


def of(extraction: Extraction) -> dict[str, float]:
    """Field -> probability that its value is right, for each field that one engine found."""
    weights = table().engines.get(extraction.provider, {})
    found = {}
    for name, score in extraction.scores.items():
        known = weights.get(name)
        odds = _weighed(known, features(extraction, name)) if known else log_odds(score)
        found[name] = probability(odds)
    return found


def features(extraction: Extraction, name: str) -> dict[str, float]:
    """What is known of a field's reading: `bias`, `score`, `print` (clearness of its row), `sums` (0 or 1)."""
    evidence = extraction.evidence.get(name)
    clear = evidence.score if evidence and evidence.score is not None else _USUAL_PRINT
    return {
        "bias": 1.0,
        "score": log_odds(extraction.scores[name]),
        "print": max(-2.0, min(1.0, (clear - _USUAL_PRINT) / _PRINT_SPREAD)),
        "sums": float(arithmetic.confirms(extraction.receipt)),
    }


def log_odds(chance: float, edge: float = _EDGE) -> float:
    """The natural logarithm of the odds of a chance, kept by `edge` away from the certain."""
    chance = max(edge, min(1 - edge, chance))
    return math.log(chance / (1 - chance))


def probability(odds: float) -> float:
    """The chance that belongs to log-odds, at most the table's `most`, to four places."""
    return round(min(1 / (1 + math.exp(-odds)), table().most), 4)


def _weighed(weights: dict[str, float], values: dict[str, float]) -> float:
    return sum(weight * values[name] for name, weight in weights.items())
