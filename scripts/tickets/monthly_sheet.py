"""Task: write a month's accepted receipts into a tab of their own, anew each time."""

from typing import Any

from adapters import sheets
from kit import i18n, settings, task
from tickets import monthly, sheet, texts
from tickets.monthly import Expense

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
    with sheet.locked() as conn:
        tab = sheets.Snapshot(found, sheet.account(), i18n.t("monthly.tab", month=month))
        expenses = monthly.read(conn, month).accepted
        titles = [i18n.t(f"monthly.csv.{name}") for name in COLUMNS]
        tab_id = tab.write(titles, [_cells(expense) for expense in expenses])
    ctx.gauge("monthly_rows", len(expenses))
    return {"rows": len(expenses), "url": f"https://docs.google.com/spreadsheets/d/{found.sheet_id}/edit#gid={tab_id}"}


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
