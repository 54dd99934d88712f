"""What the database knew when a receipt was read: carried over to the candidate, so that only the reading differs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from tickets import merchants
from tickets.extraction import verdict
from tickets.extraction.model import Assessment, Reason, Receipt
from tools.replay.recorded import Reading, fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.replay.recorded import Recorded

_DUPLICATES: Final = ("duplicate_exact", "duplicate_likely")
_REMEMBERED: Final = "merchant_remembered"


def reading(recorded: Recorded, answered: Mapping[str, Any], *, worst_usd: Decimal) -> Reading:
    """A worker's answer as a reading.

    A merchant's name that was remembered then is remembered again where the same tax number is read; a receipt that was
    sent before is again one that was sent before. Neither is looked up anew, or each replay would tell something else.

    Args:
        recorded: the stored receipt.
        answered: as `tools.replay.worker.answer` gives it.
        worst_usd: what counts as the cost of a call that was not answered.
    """
    cost = answered.get("cost_usd")
    known: dict[str, Any] = {
        "outcome": answered["outcome"],
        "latency_ms": answered["latency_ms"],
        "cost_usd": worst_usd if cost is None else Decimal(cost),
    }
    if "verdict" not in answered:
        return Reading(**known)
    assessment = _carried(recorded, _assessment(answered))
    return Reading(
        **known,
        verdict=assessment.verdict,
        fields=fields_of(assessment.receipt.model_dump(mode="json")),
        confidence=answered["confidence"],
        codes=tuple(reason.code for reason in assessment.reasons),
        evidence=answered["evidence"],
        would_ask=answered["would_ask"],
    )


def _assessment(answered: Mapping[str, Any]) -> Assessment:
    """Another release's receipt may have fields that this one does not know."""
    receipt = {name: value for name, value in answered["receipt"].items() if name in Receipt.model_fields}
    return Assessment(
        verdict=answered["verdict"],
        reasons=[Reason.model_validate(reason) for reason in answered["reasons"]],
        receipt=Receipt.model_validate(receipt),
    )


def _carried(recorded: Recorded, assessment: Assessment) -> Assessment:
    then, codes = recorded.then, recorded.then.codes
    if assessment.verdict == "reject":
        return assessment
    if _REMEMBERED in codes and assessment.receipt.tax_id == then.fields["tax_id"]:
        # No receipts are counted: what is unusual for a merchant only informs.
        known = {"tax_id": then.fields["tax_id"], "name": then.fields["merchant"], "name_source": "readings"}
        assessment = merchants.remembered(assessment, known | {"receipts": 0, "corrections": 0, "tax_rates": []})
    repeated = [Reason(code=code, severity="review") for code in _DUPLICATES if code in codes]
    reasons = [*repeated, *assessment.reasons]
    return assessment.model_copy(update={"reasons": reasons, "verdict": verdict.decide(reasons)})
