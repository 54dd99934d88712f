"""The month as CSV for the accountant: one line a tax rate, as books of received invoices are kept in Spain.

docs/flows.md describes the columns. The form follows the language, so that a spreadsheet opens it without questions:
`;` between fields and a decimal comma for Spanish, `,` and a point for English; UTF-8 with a byte order mark, CRLF.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from kit import i18n, money
from tickets.monthly import Expense, Report, Tax

COLUMNS = (
    "ticket",
    "line",
    "date",
    "number",
    "tax_id",
    "merchant",
    "category",
    "account",
    "person",
    "payment",
    "currency",
    "rate",
    "base",
    "tax",
    "total",
)
# What makes a spreadsheet take text for a formula, with the forms that Excel, LibreOffice and Sheets fold into them.
FORMULA_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212")
POINT_LANGUAGES = ("en",)


def write(report: Report) -> bytes:
    """The accepted receipts of a report."""
    text = io.StringIO()
    point = i18n.language() in POINT_LANGUAGES
    table = csv.writer(text, delimiter="," if point else ";", lineterminator="\r\n")
    table.writerow([i18n.t(f"monthly.csv.{name}") for name in COLUMNS])
    for expense in report.accepted:
        table.writerows(_lines(expense, "." if point else ","))
    return text.getvalue().encode("utf-8-sig")


def guarded(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula: one line, and an apostrophe before what would begin one.

    The sign may hide behind characters that are not seen: white space, controls, a byte order mark, quotes.
    """
    clean = " ".join((value or "").replace("\x00", "").split())
    bare = clean.lstrip("\ufeff\u200b\u200c\u200d\u2060\"' \t;,")
    return f"'{clean}" if bare.startswith(FORMULA_SIGNS) else clean


def _lines(expense: Expense, sign: str) -> Iterator[list[str]]:
    taxes = expense.taxes or [Tax()]
    for number, tax in enumerate(taxes, start=1):
        # Only on the first line, so that the column can be summed.
        total = _amount(expense.total, expense.currency, sign) if number == 1 else ""
        yield [
            expense.ticket_id,
            str(number),
            _date(expense.issued_on, sign),
            *(guarded(value) for value in (expense.document_number, expense.tax_id, expense.merchant)),
            *(guarded(value) for value in (expense.category, expense.account, expense.person)),
            i18n.t(f"payment.{expense.payment_method}") if expense.payment_method else "",
            expense.currency or "",
            "" if tax.rate is None else f"{tax.rate.normalize():f}".replace(".", sign),
            _amount(tax.base, expense.currency, sign),
            _amount(tax.amount, expense.currency, sign),
            total,
        ]


def _date(day: date | None, sign: str) -> str:
    if day is None:
        return ""
    return day.strftime("%d/%m/%Y") if sign == "," else day.isoformat()


def _amount(value: Decimal | None, currency: str | None, sign: str) -> str:
    """All digits, at least those of the currency's minor unit, nothing between thousands."""
    if value is None:
        return ""
    exponent = value.as_tuple().exponent
    digits = max(money.minor_digits(currency or ""), -exponent if isinstance(exponent, int) else 0)
    return f"{value:.{digits}f}".replace(".", sign)
