"""The month as PDF: sums by currency, by person and category, and by tax rate; then every receipt, person by person."""

import itertools
import json
from collections.abc import Iterable
from typing import Any

from kit import dates, i18n, money, settings, typesetting
from tickets import monthly, texts
from tickets.monthly import Expense, Report, Sum

Row = list[str]
NONE = "\u2013"


def write(report: Report) -> bytes:
    """Set the report with typst; data are data of the template and never evaluated.

    Raises:
        InvalidRequestError: typst cannot set it.
    """
    with typesetting.failures(
        "report", "Look at the task's log, and start the flow again once its template is mended."
    ):
        return typesetting.pdf("monthly.typ", data=json.dumps(view(report)))


def view(report: Report) -> dict[str, Any]:
    """What the template shows, every value as text in the reader's language."""
    return {
        "lang": i18n.language(),
        "title": title(report.month),
        "made": i18n.t("monthly.made", day=dates.format_date(dates.today())),
        "labels": {name: i18n.t(f"monthly.section.{name}") for name in _SECTIONS},
        "nothing": i18n.t("monthly.nothing"),
        "titles": {name: [i18n.t(f"monthly.column.{column}") for column in columns] for name, columns in _COLUMNS},
        "totals": [_sum_row(found) for found in monthly.totals(report.accepted)],
        "shares": [_share_row(share) for share in monthly.shares(report.accepted)],
        "rates": [_rate_row(rate) for rate in monthly.rates(report.accepted)],
        "persons": [
            {"name": name, "rows": [_receipt_row(expense) for expense in expenses]}
            for (name, _), expenses in itertools.groupby(
                report.accepted, key=lambda found: (found.person, found.sender_id)
            )
        ],
        "review": _apart(report.review),
        "late": _apart(report.late),
    }


def title(month: str) -> str:
    """The report's title, such as `Gastos de octubre de 2026`."""
    from babel.dates import format_skeleton

    name = format_skeleton("yMMMM", monthly.first_day(month), locale=settings.get().locale)
    return i18n.t("monthly.title", month=name)


_SECTIONS = ("totals", "shares", "rates", "receipts", "review", "late", "late_note")
_COLUMNS = (
    ("totals", ("currency", "count", "tax", "total")),
    ("shares", ("person", "category", "count", "tax", "total")),
    ("rates", ("currency", "rate", "base", "tax")),
    ("receipts", ("date", "merchant", "number", "category", "ticket", "total")),
    ("apart", ("date", "merchant", "person", "ticket", "total")),
)


def _sum_row(found: Sum) -> Row:
    return [found.currency or NONE, str(found.number), *_amounts(found)]


def _share_row(share: monthly.Share) -> Row:
    return [share.person, share.category or NONE, str(share.sum.number), *_amounts(share.sum)]


def _rate_row(found: monthly.Rate) -> Row:
    rate = NONE if found.rate is None else f"{money.format_number(found.rate)} %"
    return [
        found.currency or NONE,
        rate,
        texts.amount(found.base, found.currency),
        texts.amount(found.amount, found.currency),
    ]


def _receipt_row(expense: Expense) -> Row:
    return [
        _day(expense),
        expense.merchant or NONE,
        expense.document_number or NONE,
        expense.category or NONE,
        expense.ticket_id,
        _total(expense),
    ]


def _apart(expenses: Iterable[Expense]) -> list[Row]:
    return [
        [_day(expense), expense.merchant or NONE, expense.person, expense.ticket_id, _total(expense)]
        for expense in expenses
    ]


def _amounts(found: Sum) -> Row:
    return [texts.amount(found.tax, found.currency), texts.amount(found.total, found.currency)]


def _day(expense: Expense) -> str:
    return dates.format_date(expense.issued_on) if expense.issued_on else NONE


def _total(expense: Expense) -> str:
    return NONE if expense.total is None else texts.amount(expense.total, expense.currency)
