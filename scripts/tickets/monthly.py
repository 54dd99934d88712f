"""A month's expenses: what belongs to it, and its sums. Amounts of two currencies are never added together."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from kit import dates, settings
from kit.db import Connection
from kit.errors import RefusedInputError
from tickets import queries, texts

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Tax(BaseModel):
    """One rate of a receipt: percent, taxable base and tax, each as it was read."""

    model_config = ConfigDict(extra="ignore")

    rate: Decimal | None = None
    base: Decimal | None = None
    amount: Decimal | None = None


class Expense(BaseModel):
    """One receipt, as the report shows it."""

    part: Literal["accepted", "review", "late"]
    ticket_id: str
    issued_on: date | None
    merchant: str | None
    tax_id: str | None
    document_number: str | None
    currency: str | None
    total: Decimal | None
    tax_total: Decimal | None
    taxes: list[Tax] | None
    payment_method: str | None
    category: str | None
    account: str | None
    person: str
    sender_id: str


class Sum(NamedTuple):
    """What receipts of one currency come to."""

    currency: str | None
    number: int
    total: Decimal
    tax: Decimal


class Share(NamedTuple):
    """What one person spent on one category, in one currency."""

    person: str
    category: str | None
    sum: Sum


class Rate(NamedTuple):
    """What was paid at one tax rate, in one currency; the rate is None where the receipts do not tell it."""

    currency: str | None
    rate: Decimal | None
    base: Decimal
    amount: Decimal


class Report(NamedTuple):
    """The receipts of a month, and apart those that wait for a person and those that came late."""

    month: str
    accepted: list[Expense]
    review: list[Expense]
    late: list[Expense]


def month_before(today: date) -> str:
    """The month before a day, as `2026-10`."""
    return (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


def chosen(month: str | None) -> str:
    """The month that is asked for, or the one before today's in the company's time zone.

    Raises:
        RefusedInputError: it is no month (code `month_unreadable`).
    """
    if not month:
        return month_before(dates.today())
    if not MONTH.fullmatch(month) or month < "0001-01":
        raise RefusedInputError(f"{month[:20]!r} is no month such as 2026-10.", code="month_unreadable")
    return month


def first_day(month: str) -> date:
    """The first day of a month."""
    return date.fromisoformat(f"{month}-01")


def read(conn: Connection, month: str) -> Report:
    """Read a month's receipts, ordered by person and date."""
    first = first_day(month)
    after = (first + timedelta(days=31)).replace(day=1)
    rows = queries.every(conn, "monthly_expenses", first=first, next=after, timezone=settings.get().timezone)
    found = [Expense.model_validate(row | {"category": texts.category(row)}) for row in rows]
    parts = {part: [expense for expense in found if expense.part == part] for part in ("accepted", "review", "late")}
    return Report(month, parts["accepted"], parts["review"], parts["late"])


def totals(expenses: Iterable[Expense]) -> list[Sum]:
    """The sum of each currency, by its code; receipts without a readable currency last."""
    groups: dict[str | None, list[Expense]] = defaultdict(list)
    for expense in expenses:
        groups[expense.currency].append(expense)
    return [_sum(currency, groups[currency]) for currency in sorted(groups, key=_last_if_none)]


def shares(expenses: Iterable[Expense]) -> list[Share]:
    """The sums by person, category and currency, in the order of the persons."""
    groups: dict[tuple[str, str], dict[str | None, list[Expense]]] = {}
    for expense in expenses:
        categories = groups.setdefault((expense.person, expense.sender_id), defaultdict(list))
        categories[expense.category].append(expense)
    return [
        Share(person, category, of_currency)
        for (person, _), categories in groups.items()
        for category in sorted(categories, key=_last_if_none)
        for of_currency in totals(categories[category])
    ]


def rates(expenses: Iterable[Expense]) -> list[Rate]:
    """Base and tax of each rate and currency, the highest rate first; what was not read counts as nothing."""
    groups: dict[tuple[str | None, Decimal | None], list[Tax]] = defaultdict(list)
    for expense in expenses:
        for tax in expense.taxes or []:
            rate = None if tax.rate is None else tax.rate.normalize()
            groups[expense.currency, rate].append(tax)
    ordered = sorted(groups, key=lambda key: (_last_if_none(key[0]), key[1] is None, -(key[1] or 0)))
    return [
        Rate(
            currency,
            rate,
            sum((tax.base for tax in groups[currency, rate] if tax.base is not None), Decimal(0)),
            sum((tax.amount for tax in groups[currency, rate] if tax.amount is not None), Decimal(0)),
        )
        for currency, rate in ordered
    ]


def _sum(currency: str | None, expenses: list[Expense]) -> Sum:
    total = sum((expense.total for expense in expenses if expense.total is not None), Decimal(0))
    tax = sum((expense.tax_total for expense in expenses if expense.tax_total is not None), Decimal(0))
    return Sum(currency, len(expenses), total, tax)


def _last_if_none(value: str | None) -> tuple[bool, str]:
    return value is None, value or ""
