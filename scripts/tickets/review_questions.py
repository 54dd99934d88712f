"""Which doubts the sender of a receipt can settle, and within which limits. No I/O."""

from decimal import Decimal
from typing import Literal

from tickets.extraction.model import Receipt
from tickets.store import Row

# What the sender sees in the answer, and can compare with the paper in their hand. Everything else is for a reviewer:
# what limits money (`total_large`), what may be a fraud (`duplicate_…`, `total_not_on_page`), what needs a rule.
SETTLED_BY_SENDER = (
    "total_uncertain",
    "total_missing",
    "date_uncertain",
    "merchant_uncertain",
    "currency_uncertain",
    "lines_mismatch",
    "subtotal_mismatch",
)
DISAGREEMENT = "engines_disagree"
SHOWN = ("total", "issued_on", "merchant")
# A total ten times what was read, or a tenth, has lost its decimal sign more often than it was misread.
_FACTOR = 10


def question(ticket: Row) -> Literal["confirm", "total"] | None:
    """What the sender is asked: to confirm what was read, to write the total, or nothing."""
    doubts = [reason for reason in ticket["reasons"] if reason["severity"] == "review"]
    if ticket["verdict"] != "review" or not doubts or not all(_settles(reason) for reason in doubts):
        return None
    if any(ticket[name] is None for name in ("merchant", "issued_on", "currency")):
        return None
    return "total" if ticket["total"] is None else "confirm"


def plausible(ticket: Row, total: Decimal) -> bool:
    """Whether the sender's word is enough for a total: no limit is lifted by it."""
    from tickets.extraction import checks  # it brings the rules, which only the intake has with it

    receipt = Receipt(currency=ticket["currency"], total=total)
    if list(checks.amount(receipt, checks.Thresholds())):
        return False
    read = ticket["total"]
    return read is None or read <= 0 or read / _FACTOR < total < read * _FACTOR


def _settles(reason: Row) -> bool:
    if reason["code"] == DISAGREEMENT:
        return reason["field"] in SHOWN
    return reason["code"] in SETTLED_BY_SENDER
