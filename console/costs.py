"""What the work costs: the model service by month, engine, model and flow; the database by what it holds."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotation

from console import access, db, etags, pages
from kit import dates, settings
from kit.money import Money
from kit.queries import Queries

if TYPE_CHECKING:
    from kit.db import Row

MONTHS: Final = 12
_GB: Final = 10**9
_sql: Final = Queries("console")

router = APIRouter(dependencies=[Depends(access.reader)])


@router.get("/costs")
def show(request: Request) -> Response:
    """The page."""
    config, today = settings.get(), dates.today()
    since = first_month(today, MONTHS)
    asked = {"zone": config.timezone, "since": _midnight(since, config.timezone)}
    with db.connect() as conn:
        details = _sql.every(conn, "costs_by_month", **asked)
        receipts = _sql.every(conn, "receipts_by_month", **asked)
        tables = _sql.every(conn, "database_size")
    months = by_month(details, receipts)
    size = tables[0]["database_bytes"] if tables else 0
    price = config.storage_price_gb_month
    page = pages.page(
        "costs.html",
        months=months,
        most=max((row["cost_usd"] for row in months), default=Decimal(0)),
        details=details,
        this=next((row for row in months if row["month"] == today.replace(day=1)), None),
        expected=expected(months, today),
        tables=tables,
        size=size,
        storage=None if price is None else Money(price * size / _GB, config.default_currency).rounded().format(),
    )
    return etags.answer(request, page)


def first_month(today: date, months: int) -> date:
    """The first day of the oldest of that many months, this one included."""
    number = today.year * 12 + today.month - months
    return date(number // 12, number % 12 + 1, 1)


def by_month(details: list[Row], receipts: list[Row]) -> list[Row]:
    """Each month with what its readings cost and the receipts that came in it, the oldest first."""
    found = {row["month"]: {**row, "calls": 0, "cost_usd": Decimal(0)} for row in receipts}
    for row in details:
        month = found.setdefault(
            row["month"], {"month": row["month"], "receipts": 0, "calls": 0, "cost_usd": Decimal(0)}
        )
        month["calls"] += row["calls"]
        month["cost_usd"] += row["cost_usd"]
    return [found[month] for month in sorted(found)]


def expected(months: list[Row], today: date) -> Decimal | None:
    """This month's cost at its end when it goes on as it began; None while nothing was read in it."""
    found: Any = next((row["cost_usd"] for row in months if row["month"] == today.replace(day=1)), None)
    return None if found is None else found * monthrange(today.year, today.month)[1] / today.day


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
