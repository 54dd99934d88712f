"""Two readings of one picture become one: field by field, with what they agree on trusted more.

The local OCR's value stands where both agree, because its place on the picture is known. Where they differ, the more
probable value is taken and a reason says both; a person decides. A total that only the model sees counts when its
amount is printed on the page that the OCR read: a model can be talked into a number, the paper cannot.
"""

from __future__ import annotations

import math
import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

from kit.text import fold
from tickets.extraction import arithmetic, confidence, grounding
from tickets.extraction.model import Extraction, Reason, Receipt

if TYPE_CHECKING:
    from tickets.extraction.model import Severity

# Without these nothing can be booked, or somebody else's business is: engines that differ on them ask a person.
NEEDED: Final = ("total", "issued_on", "merchant", "currency", "tax_id")
_LISTS: Final = ("taxes", "lines")
_SIMILAR: Final = 0.85
_NAME: Final = 4  # letters: a shorter beginning is no name
_SHOWN: Final = 120
_CERTAIN: Final = 0.001


def fuse(local: Extraction, model: Extraction) -> Extraction:
    """Make one reading of two.

    Args:
        local: What OCR and rules read; its text, evidence and rotation are kept.
        model: What the vision model answered.

    Returns:
        The fields with their confidence, the attempts of both, and a reason for each disagreement.
    """
    sure = confidence.of(local), confidence.of(model)
    fused = _Fused(local, model, *sure)
    for name in Receipt.model_fields:
        fused.take(name)
    taken = local.model_copy(
        update={
            "provider": "fusion",
            "receipt": local.receipt.model_copy(update=fused.values),
            "scores": fused.scores,
            "confidence": fused.confidence,
            "evidence": {name: found for name, found in local.evidence.items() if name in fused.from_local},
            "attempts": local.attempts + model.attempts,
            "reasons": local.reasons + model.reasons + fused.reasons,
        }
    )
    return _about_the_page(taken, local, model)


class _Fused:
    """The two readings, and what was taken of them so far."""

    def __init__(
        self, local: Extraction, model: Extraction, sure_local: dict[str, float], sure_model: dict[str, float]
    ) -> None:
        """Nothing is taken yet."""
        self._local, self._model = local, model
        self._sure = {"local": sure_local, "model": sure_model}
        self.values: dict[str, Any] = {}
        self.scores: dict[str, float] = {}
        self.confidence: dict[str, float] = {}
        self.from_local: set[str] = set()
        self.reasons: list[Reason] = []

    def take(self, name: str) -> None:
        """Decide about one field."""
        ours, theirs = getattr(self._local.receipt, name), getattr(self._model.receipt, name)
        bonus = math.log(confidence.table().agreement)
        if name in _LISTS:
            self._take(name, "model" if _fits_better(name, self._model, self._local) else "local", 0.0)
        elif ours is None or theirs is None:
            lone = "local" if theirs is None else "model"
            self._take(name, lone, -bonus if lone == "model" and self._is_afloat(name, theirs) else 0.0)
        elif same(name, ours, theirs):
            surer = max(("local", "model"), key=lambda side: self._sure[side].get(name, 0.0))
            self._take(name, "local", bonus, surer=surer)
        else:
            self._differ(name, ours, theirs, bonus)

    def _differ(self, name: str, ours: object, theirs: object, malus: float) -> None:
        side = "model" if self._sure["model"].get(name, 0.0) > self._sure["local"].get(name, 0.0) else "local"
        self._take(name, side, -malus)
        severity: Severity = "review" if name in NEEDED else "info"
        self.reasons.append(_disagreement(name, severity, str(ours), str(theirs)))

    def _is_afloat(self, name: str, value: Any) -> bool:
        """Whether a total that only the model names is nowhere on the page; a person is asked then."""
        if name != "total" or grounding.printed(value, self._local.text):
            return False
        evidence = f"{value} is not among the amounts that the local OCR read"
        self.reasons.append(Reason(code="total_not_on_page", field="total", severity="review", evidence=evidence))
        return True

    def _take(self, name: str, side: str, shift: float, *, surer: str | None = None) -> None:
        """Take one side's value; its log-odds are those of the surer side, shifted."""
        source = self._local if side == "local" else self._model
        value = getattr(source.receipt, name)
        self.values[name] = value
        if value in (None, []):
            return
        if side == "local":
            self.from_local.add(name)
        self.scores[name] = source.scores.get(name, 0.0)
        odds = confidence.log_odds(self._sure[surer or side].get(name, 0.0), _CERTAIN)
        self.confidence[name] = confidence.probability(odds + shift)


def same(name: str, ours: Any, theirs: Any) -> bool:
    """Tell whether two engines read the same: names roughly, other texts by letters and digits, else exactly."""
    if name == "merchant":
        left, right = _letters(ours), _letters(theirs)
        shorter = min(left, right, key=len)
        begins = len(shorter) >= _NAME and (left.startswith(right) or right.startswith(left))
        return begins or SequenceMatcher(None, left, right).ratio() >= _SIMILAR
    if isinstance(ours, str) and isinstance(theirs, str):
        return _letters(ours) == _letters(theirs)
    if name == "issued_time":
        return (ours.hour, ours.minute) == (theirs.hour, theirs.minute)
    return bool(ours == theirs)


def _fits_better(name: str, model: Extraction, local: Extraction) -> bool:
    """Whether the model's list is taken: it confirms its total where the local one does not, or there is no other."""
    if not getattr(local.receipt, name) or not getattr(model.receipt, name):
        return not getattr(local.receipt, name)
    return arithmetic.confirms(model.receipt) and not arithmetic.confirms(local.receipt)


def _about_the_page(fused: Extraction, local: Extraction, model: Extraction) -> Extraction:
    """Whether there is a receipt at all: an engine that sees none, where the other does, is a disagreement too."""
    if model.receipt == Receipt() and local.receipt.total is not None:
        reason = _disagreement(None, "review", "a receipt", "no receipt")
        return fused.model_copy(update={"reasons": [*fused.reasons, reason]})
    if model.receipt == Receipt():
        return fused.model_copy(update={"provider": "ocr"})
    return fused


def _disagreement(field: str | None, severity: Severity, ours: str, theirs: str) -> Reason:
    evidence = f"local OCR: {ours[:_SHOWN]}; vision model: {theirs[:_SHOWN]}"
    return Reason(code="engines_disagree", field=field, severity=severity, evidence=evidence)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))
