"""What people read of a ticket: its fields as text in their language. No I/O but the message catalogue."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kit import dates, i18n, locales, money
from tickets.store import Row

SPLIT = "split_in_tickets"  # the reason of a picture that became a ticket for each of its receipts
SHEET_COLUMNS = (
    "ticket_id",
    "issued_on",
    "merchant",
    "tax_id",
    "document_number",
    "total",
    "currency",
    "tax_total",
    "payment_method",
    "verdict",
    "reasons",
    "sender",
    "caption",
    "received_at",
    "provider",
    "execution_id",
    "release",
    # Of later releases: at the end, in the order in which they came, because the sheets that are there grow by them.
    "category",
    "account",
)
# The columns with which every sheet begins; those after them may be missing in a sheet of an earlier release.
FIRST_SHEET_COLUMNS = 17


def summary(ticket: Row) -> str:
    """Merchant, date and total in one line; what was not read says so."""
    return i18n.t("answer.summary", merchant=merchant(ticket), date=issued_on(ticket), total=total(ticket))


def merchant(ticket: Row) -> str:
    """The merchant, or the words for "not read"."""
    return ticket["merchant"] or i18n.t("answer.unknown")


def issued_on(ticket: Row) -> str:
    """The date of the receipt as people write it."""
    return dates.format_date(ticket["issued_on"]) if ticket["issued_on"] else i18n.t("answer.unknown")


def total(ticket: Row) -> str:
    """The total with its currency as people write it, or the words for "not read"."""
    return i18n.t("answer.unknown") if ticket["total"] is None else amount(ticket["total"], ticket["currency"])


def amount(value: Decimal, currency: str | None) -> str:
    """An amount as people write it; no currency is put to it where none was read."""
    if currency:
        return money.Money(value, currency).format()
    from babel.numbers import format_decimal

    return format_decimal(value, "#,##0.00", locale=locales.current())


def category(ticket: Row) -> str | None:
    """What kind of expense the receipt is; None for a picture that is none."""
    found = ticket["category"]
    if not found:
        return None
    key = f"category.{found}"
    return i18n.t(key) if i18n.has(key) else str(found)


def sender(ticket: Row) -> str:
    """The name of the sender, else the number or id by which the provider knows them."""
    return str(ticket["sender_name"] or ticket["sender_phone"] or ticket["sender_id"])


def reasons(ticket: Row, *, severities: tuple[str, ...] = ("review", "reject")) -> list[str]:
    """The reasons of the verdict as sentences, the gravest first."""
    found = sorted(ticket["reasons"], key=lambda reason: reason["severity"] != "reject")
    return [_reason(reason) for reason in found if reason["severity"] in severities]


def parts(ticket: Row) -> list[str]:
    """The tickets that a picture of several receipts became; none for any other."""
    return [part for reason in ticket["reasons"] if reason["code"] == SPLIT for part in reason["evidence"].split(", ")]


def _reason(reason: Mapping[str, Any]) -> str:
    key = f"reason.{reason['code']}"
    if not i18n.has(key):
        return i18n.t("reason.unknown", code=reason["code"])
    return i18n.t(key, evidence=reason.get("evidence", ""))


def sheet_titles() -> list[str]:
    """The header of the sheet, in the language of the setting."""
    return [i18n.t(f"sheet.column.{name}") for name in SHEET_COLUMNS]


def sheet_values(ticket: Row) -> dict[str, Any]:
    """A row of the sheet by column title: text, `Decimal` or None. Dates are ISO text, so that they sort."""
    values = {
        **{name: ticket[name] for name in ("ticket_id", "merchant", "tax_id", "document_number", "total", "tax_total")},
        "issued_on": ticket["issued_on"] and ticket["issued_on"].isoformat(),
        "currency": ticket["currency"],
        "payment_method": translated("payment", ticket["receipt"].get("payment_method")),
        "verdict": i18n.t(f"verdict.{ticket['verdict']}"),
        "reasons": " ".join(reasons(ticket)),
        "sender": sender(ticket),
        "caption": ticket["caption"],
        "received_at": ticket["received_at"].strftime("%Y-%m-%d %H:%M:%S"),
        "provider": translated("provider", ticket["provider"]),
        "execution_id": ticket["execution_id"],
        "release": ticket["release"],
        "category": category(ticket),
        "account": ticket["account"],
    }
    return {i18n.t(f"sheet.column.{name}"): values[name] for name in SHEET_COLUMNS}


def translated(group: str, value: str | None) -> str | None:
    """The word for a value of ours, such as a way of paying; None for None."""
    return i18n.t(f"{group}.{value}") if value else None
