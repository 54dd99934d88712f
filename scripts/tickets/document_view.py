"""What the document of a ticket shows: its fields as text in the reader's language. Pure but for the catalogue."""

from datetime import date, time
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from kit import dates, i18n, money
from tickets import texts
from tickets.extraction.model import Receipt
from tickets.store import Row

ACCENTS = {"accept": "#2f7d4f", "review": "#a86a00", "reject": "#b3372f"}
PICTURE_MAX_MM = 215


class View(BaseModel):
    """What the document shows, every value as text in the reader's language."""

    title: str
    verdict: str
    accent: str
    lang: str
    total: str
    fields: list[tuple[str, str]]
    lines: list[list[str]]
    taxes: list[list[str]]
    reasons: list[str]
    footer: str
    labels: dict[str, Any]
    picture_mm: float = PICTURE_MAX_MM
    # Names of the fields, and for each the file with the piece of the picture that it was read from, blank for none.
    names: list[str] = []
    pieces: list[str] = []
    total_piece: str = ""


def view(ticket: Row) -> View:
    """Turn a ticket's row into what its document shows."""
    receipt = Receipt.model_validate(ticket["receipt"])
    fields = _fields(ticket, receipt)
    return View(
        title=i18n.t("document.title", ticket_id=ticket["ticket_id"]),
        verdict=i18n.t(f"verdict.{ticket['verdict']}"),
        accent=ACCENTS[ticket["verdict"]],
        lang=i18n.language(),
        total=texts.total(ticket),
        fields=[(i18n.t(f"document.field.{name}"), text) for name, text in fields.items()],
        names=list(fields),
        lines=[_line(line, receipt.currency) for line in receipt.lines],
        taxes=[_tax(tax, receipt.currency) for tax in receipt.taxes],
        reasons=texts.reasons(ticket),
        footer=_footer(ticket),
        labels=_labels(),
    )


def _fields(ticket: Row, receipt: Receipt) -> dict[str, str]:
    values: dict[str, Any] = {
        "merchant": receipt.merchant,
        "tax_id": receipt.tax_id,
        "issued_on": receipt.issued_on,
        "issued_time": receipt.issued_time,
        "document_number": receipt.document_number,
        "category": texts.category(ticket),
        "payment_method": receipt.payment_method and i18n.t(f"payment.{receipt.payment_method}"),
        "subtotal": receipt.subtotal,
        "discount": receipt.discount,
        "tip": receipt.tip,
        "sender": texts.sender(ticket),
        "caption": ticket["caption"],
    }
    return {name: _shown(value, receipt.currency) for name, value in values.items() if value is not None}


def _shown(value: Any, currency: str | None) -> str:
    if isinstance(value, Decimal):
        return _amount(value, currency)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return dates.format_date(value) if isinstance(value, date) else str(value)


def _amount(value: Decimal | None, currency: str | None) -> str:
    return "" if value is None else texts.amount(value, currency)


def _number(value: Decimal | None, suffix: str = "") -> str:
    return "" if value is None else money.format_number(value) + suffix


def _line(line: Any, currency: str | None) -> list[str]:
    amounts = [_amount(line.unit_price, currency), _amount(line.amount, currency)]
    return [line.description, _number(line.quantity), *amounts]


def _tax(tax: Any, currency: str | None) -> list[str]:
    return [_number(tax.rate, " %"), _amount(tax.base, currency), _amount(tax.amount, currency)]


def _footer(ticket: Row) -> str:
    received = ticket["received_at"].strftime("%Y-%m-%d %H:%M UTC")
    return i18n.t(
        "document.footer", received_at=received, release=ticket["release"], execution_id=ticket["execution_id"]
    )


def _labels() -> dict[str, Any]:
    names = ("fields", "lines", "taxes", "reasons", "no_reasons", "picture")
    columns = {
        "line_columns": ("description", "quantity", "unit_price", "amount"),
        "tax_columns": ("rate", "base", "tax"),
    }
    return {
        **{name: i18n.t(f"document.{name}") for name in names},
        "total": i18n.t("document.field.total"),
        **{group: [i18n.t(f"document.column.{name}") for name in of] for group, of in columns.items()},
    }
