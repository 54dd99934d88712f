"""What a decision makes of a ticket: its new fields, and one correction a field that differs. No I/O."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tickets.decision import FIELDS, Decision
from tickets.extraction.model import Receipt
from tickets.store import Row

# Columns of the ticket's row that repeat fields of the receipt.
COLUMNS = ("merchant", "tax_id", "issued_on", "document_number", "currency", "total")


@dataclass(frozen=True, slots=True)
class Correction:
    """One changed field, as text: what was read, and what a person says."""

    field: str
    was: str | None
    became: str | None


def corrections(ticket: Row, decision: Decision) -> list[Correction]:
    """The fields that the decision changes; a value that was read the same way is no correction."""
    changed = [name for name in FIELDS if name in decision.changes]
    found = [Correction(name, _text(_value(ticket, name)), decision.changes[name]) for name in changed]
    return [item for item in found if item.was != item.became]


def revised(ticket: Row, decision: Decision, *, by: str, via: str) -> dict[str, Any]:
    """The ticket's fields after the decision.

    Args:
        ticket: the row, as `store.ticket` gives it.
        decision: what was decided.
        by: who decided.
        via: where.

    Returns:
        `verdict`, `reasons`, `receipt` and the columns of `COLUMNS`. What was doubted stays among the reasons, but
        decides nothing any more.
    """
    receipt = Receipt.model_validate({**ticket["receipt"], **_in_receipt(decision)})
    columns = {name: _typed(name, decision.changes[name]) for name in COLUMNS if name in decision.changes}
    return {
        "verdict": "accept" if decision.action == "approve" else "reject",
        "reasons": [_settled(reason) for reason in ticket["reasons"]] + [_reviewed(decision, by, via)],
        "receipt": receipt.model_dump(mode="json"),
        **{name: ticket[name] for name in COLUMNS},
        **columns,
    }


def _in_receipt(decision: Decision) -> dict[str, str | None]:
    return {name: value for name, value in decision.changes.items() if name in Receipt.model_fields}


def _value(ticket: Row, name: str) -> Any:
    return ticket["receipt"].get(name) if name == "payment_method" else ticket.get(name)


def _text(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value


def _typed(name: str, value: str | None) -> Any:
    if value is None or name not in ("total", "issued_on"):
        return value
    return Decimal(value) if name == "total" else date.fromisoformat(value)


def _settled(reason: Row) -> Row:
    return reason | {"severity": "info"}


def _reviewed(decision: Decision, by: str, via: str) -> Row:
    approved = decision.action == "approve"
    return {
        "code": "reviewed" if approved else "rejected_by_reviewer",
        "field": None,
        "severity": "info" if approved else "reject",
        "evidence": f"by {by} via {via}",
    }
