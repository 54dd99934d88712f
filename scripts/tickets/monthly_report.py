"""Task: a month's expenses as PDF and as CSV, and in short for the message that tells of them."""

import hashlib
from pathlib import Path
from typing import Any

from kit import db, task
from tickets import monthly, monthly_csv, monthly_pdf, texts

PDF, CSV = "expenses.pdf", "expenses.csv"


class Inputs(task.TaskInputs):
    """The month, as `2026-10`; blank: the one before today's, in the company's time zone."""

    month: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Write both files into the working directory; Kestra stores them when the task ends.

    Returns:
        `month`; `summary`: `accepted`, `review` and `late` as counts, `totals` as text by currency, and a `digest`
        that stays the same as long as the report does.
    """
    month = monthly.chosen(inputs.month)
    with db.connect() as conn:
        report = monthly.read(conn, month)
    table = monthly_csv.write(report)
    Path(CSV).write_bytes(table)
    Path(PDF).write_bytes(monthly_pdf.write(report))
    ctx.gauge("monthly_expenses", len(report.accepted))
    return {"month": month, "summary": _summary(report, table)}


def _summary(report: monthly.Report, table: bytes) -> dict[str, Any]:
    apart = [expense.ticket_id for expense in (*report.review, *report.late)]
    return {
        "accepted": len(report.accepted),
        "review": len(report.review),
        "late": len(report.late),
        "totals": [texts.amount(found.total, found.currency) for found in monthly.totals(report.accepted)],
        "digest": hashlib.sha256(table + "\n".join(apart).encode()).hexdigest()[:16],
    }


if __name__ == "__main__":
    task.main(Inputs, run)
