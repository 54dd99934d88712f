"""The fields of a ticket as a person looks at them: value, how sure it is, why not, and where it was read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, get_args

from console import pictures
from kit import i18n, locales, money
from kit.errors import RefusedInputError
from tickets import categories, decision, reading, texts
from tickets.extraction import checks
from tickets.extraction.model import PaymentMethod

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tickets.store import Row

FIELDS: Final = (
    "merchant",
    "issued_on",
    "total",
    "currency",
    "tax_id",
    "document_number",
    "payment_method",
    "category",
)
USUAL: Final = 0.85
_DECIMAL_COMMA: Final = "es"
_KINDS: Final = {"issued_on": "date", "total": "amount", "payment_method": "select", "category": "select"}
# What rules say, not a reading: there is no score for it.
_NOT_READ: Final = ("category",)


@dataclass(frozen=True, slots=True)
class Field:
    """One field on a page.

    Attributes:
        name: as in `tickets.decision`.
        value: text of the input, or of the page.
        kind: `text`, `amount`, `date` or `select`.
        sure: True, False, or None when nothing was read.
        reasons: sentences that say what is wrong with it.
        piece: whether there is a piece of the picture to show.
        options: value and text of each choice of a `select`.
        error: what is wrong with what was typed.
    """

    name: str
    value: str
    kind: str
    sure: bool | None
    reasons: list[str]
    piece: bool
    options: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return i18n.t(f"console.field.{self.name}")

    @property
    def confidence(self) -> str:
        """How sure it is, in a word."""
        word = {True: "sure", False: "doubtful", None: "unread"}[self.sure]
        return i18n.t(f"console.confidence.{word}")

    @property
    def needed(self) -> bool:
        """Whether nothing can be booked without it."""
        return self.name in decision.NEEDED


def of(ticket: Row) -> list[Field]:
    """The fields of a ticket that a reviewer may change, in the order in which people look."""
    return [_field(name, ticket) for name in FIELDS if name != "category" or "category" in ticket]


def with_input(shown: list[Field], typed: Mapping[str, str], errors: Mapping[str, str]) -> list[Field]:
    """The same fields with what a person typed, and what is wrong with it."""
    return [replace(one, value=typed.get(one.name, one.value), error=errors.get(one.name, "")) for one in shown]


def changes(ticket: Row, typed: Mapping[str, str]) -> tuple[dict[str, str | None], dict[str, str]]:
    """What a person changed, in the plain form of `tickets.decision`, and what is wrong with what they typed.

    Returns:
        Changed fields with their new values, and the text of the error for each field that has one.
    """
    changed: dict[str, str | None] = {}
    errors: dict[str, str] = {}
    for one in of(ticket):
        if one.name not in typed or " ".join(typed[one.name].split()) == one.value:
            continue
        try:
            new = decision.normalise(one.name, _plain(one.name, typed[one.name]))
        except (ValueError, RefusedInputError):
            errors[one.name] = error(one.name, empty=not typed[one.name].strip())
            continue
        if new != _current(one.name, ticket):
            changed[one.name] = new
    return changed, errors


def error(name: str, *, empty: bool) -> str:
    """What to say when a field cannot be taken as it is."""
    return i18n.t("console.error.needed") if empty else i18n.t(f"console.error.{name}")


def _field(name: str, ticket: Row) -> Field:
    value = _shown(_raw(name, ticket))
    about = [reason for reason in ticket["reasons"] if reason.get("field") == name]
    wrong = [reason for reason in about if reason["severity"] != "info"]
    return Field(
        name=name,
        value=value,
        kind=_KINDS.get(name, "text"),
        sure=None if not value else not wrong and (name in _NOT_READ or _probability(name, ticket) >= _least(name)),
        reasons=texts.reasons(ticket | {"reasons": about}, severities=("info", "review", "reject")),
        piece=pictures.has_place(ticket, name),
        options=_options(name),
    )


def _raw(name: str, ticket: Row) -> Any:
    return ticket["receipt"].get(name) if name == "payment_method" else ticket[name]


def _current(name: str, ticket: Row) -> str | None:
    """The value as it is, in the plain form that a decision has."""
    value = _raw(name, ticket)
    return None if value is None else decision.normalise(name, str(value))


def _shown(value: str | Decimal | date | None) -> str:
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.replace(".", ",") if _sign() == "," else text
    return "" if value is None else " ".join(str(value).split())


def _plain(name: str, text: str) -> str:
    """What was typed, in the form that `decision` takes: an amount as people write it has a comma."""
    if name == "total" and text.strip():
        return f"{money.parse_amount(text, decimal_sign=_sign()):f}"
    return text


def _least(name: str) -> float:
    """The confidence from which a field is called sure: that of the verdict, where it looks at the field."""
    return checks.least(name, reading.limits()) if name in decision.NEEDED else USUAL


def _probability(name: str, ticket: Row) -> float:
    """How likely the value is right; of tickets read before that was reckoned, the engine's score."""
    found = ticket["confidence"].get(name, ticket["scores"].get(name))
    return 0.0 if found is None else float(found)


def _sign() -> str:
    return "," if locales.current().startswith(_DECIMAL_COMMA) else "."


def _options(name: str) -> list[tuple[str, str]]:
    """What there is to choose from: an id and what people call it; blank for none."""
    known = {"category": ("category", categories.ids()), "payment_method": ("payment", get_args(PaymentMethod))}
    if name not in known:
        return []
    group, found = known[name]
    return [("", i18n.t("console.none")), *((one, i18n.t(f"{group}.{one}")) for one in found)]
