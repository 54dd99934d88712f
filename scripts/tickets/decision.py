"""What a reviewer may decide: approve or reject, with the fields that they correct. No I/O."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from kit.errors import RefusedInputError
from tickets.extraction.model import PaymentMethod

Action = Literal["approve", "reject"]
Via = Literal["console", "whatsapp", "slack", "kestra"]
# Fields that a reviewer may change. Without the first four nothing can be booked: they cannot be blanked.
NEEDED: Final = ("merchant", "issued_on", "currency", "total")
FIELDS: Final = (*NEEDED, "tax_id", "document_number", "payment_method", "category")

_LONGEST: Final = 200
# What numeric(14, 2) holds.
_LARGEST: Final = Decimal("999999999999.99")
_CENTS: Final = -2
_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class Decision(BaseModel):
    """A reviewer's decision.

    Attributes:
        action: `approve` takes the receipt as read, with the changes; `reject` takes it out of the books.
        changes: field to its new value, in one plain form: amounts `1234.50`, dates `2026-03-31`, currencies `EUR`,
            payment methods as in `tickets.extraction.model`. None blanks a field; the needed ones cannot be blanked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    changes: dict[str, str | None] = {}

    @field_validator("changes")
    @classmethod
    def _plain(cls, changes: dict[str, str | None]) -> dict[str, str | None]:
        plain, problems = {}, []
        for name, value in changes.items():
            try:
                plain[name] = normalise(name, value)
            except ValueError as error:
                problems.append(str(error))
        if problems:
            raise ValueError("; ".join(problems))
        return plain

    @model_validator(mode="after")
    def _rejected_as_it_is(self) -> "Decision":
        if self.action == "reject" and self.changes:
            raise ValueError("a rejected receipt is not corrected")
        return self


def parse(data: Any) -> Decision:
    """Read a decision that came from outside.

    Args:
        data: a mapping with `action` and `changes`.

    Raises:
        RefusedInputError: it is none (code `decision_invalid`); `details["fields"]` names the fields at fault.
    """
    try:
        return Decision.model_validate(data)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        told = "; ".join(sorted({str(problem["msg"]) for problem in problems}))
        fields = [name for name in FIELDS if any(name in str(problem["msg"]) for problem in problems)]
        raise RefusedInputError(
            f"This is no decision: {told}.", code="decision_invalid", details={"fields": fields}
        ) from None


def normalise(name: str, value: str | None) -> str | None:
    """Check the new value of a field and return it in its one form; blank text is None.

    Raises:
        ValueError: it is no field that may be changed, or no value for it; the message names the field.
    """
    if name not in FIELDS:
        raise ValueError(f"{name[:40]!r} is no field that a review may change")
    text = None if value is None else " ".join(value.replace("\x00", "").split())
    if not text:
        if name in NEEDED:
            raise ValueError(f"{name} cannot be blank")
        return None
    if len(text) > _LONGEST:
        raise ValueError(f"{name} is longer than {_LONGEST} characters")
    return _FORMS[name](text) if name in _FORMS else text


def _amount(text: str) -> str:
    try:
        value = Decimal(text) if _AMOUNT.fullmatch(text) else None
    except InvalidOperation:
        value = None
    if value is None or abs(value) > _LARGEST:
        raise ValueError("total is no amount such as 1234.50")
    return str(value.quantize(Decimal(1).scaleb(_CENTS)))


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("issued_on is no date such as 2026-03-31") from None


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text.upper()):
        raise ValueError("currency is no ISO 4217 code such as EUR")
    return text.upper()


def _payment_method(text: str) -> str:
    if text not in get_args(PaymentMethod):
        raise ValueError(f"payment_method is none of {', '.join(get_args(PaymentMethod))}")
    return text


_FORMS: Final = {"total": _amount, "issued_on": _date, "currency": _currency, "payment_method": _payment_method}
