"""Task: write a month's accepted receipts into a tab of their own, anew each time."""

import json
from typing import Any

from adapters import sheets
from kit import db, i18n, limits, secrets, settings, task
from tickets import monthly, texts
from tickets.monthly import Expense
from tickets.sheet import CALLS_A_MINUTE

COLUMNS = (
    "ticket",
    "date",
    "merchant",
    "tax_id",
    "number",
    "category",
    "account",
    "person",
    "payment",
    "currency",
    "tax",
    "total",
)


class Inputs(task.TaskInputs):
    """The month, as `2026-10`."""

    month: str


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Write the tab, under the lock of the sheet.

    Returns:
        `rows`, and `url` of the tab.
    """
    month = monthly.chosen(inputs.month)
    found = settings.get()
    sheet_id = settings.require(found.sheet_id, "OPSFLOWS_SHEET_ID")
    account = json.loads(secrets.get("GOOGLE_SERVICE_ACCOUNT"))
    limiter = limits.Limiter(db.connect, "google:sheets", CALLS_A_MINUTE, 60)
    tab = sheets.Snapshot(found, account, i18n.t("monthly.tab", month=month), limiter=limiter)
    with db.connect() as conn, db.advisory_lock(conn, f"sheet:{sheet_id}"):
        expenses = monthly.read(conn, month).accepted
        titles = [i18n.t(f"monthly.csv.{name}") for name in COLUMNS]
        tab_id = tab.write(titles, [_cells(expense) for expense in expenses])
    ctx.gauge("monthly_rows", len(expenses))
    return {"rows": len(expenses), "url": f"https://docs.google.com/spreadsheets/d/{sheet_id}/edit#gid={tab_id}"}


def _cells(expense: Expense) -> list[Any]:
    return [
        expense.ticket_id,
        expense.issued_on,
        expense.merchant,
        expense.tax_id,
        expense.document_number,
        expense.category,
        expense.account,
        expense.person,
        texts.translated("payment", expense.payment_method),
        expense.currency,
        expense.tax_total,
        expense.total,
    ]


if __name__ == "__main__":
    task.main(Inputs, run)
