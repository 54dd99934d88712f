"""Task: tell Slack that a month's report is there, once for each state of it, with links to its parts."""

from typing import Any

from adapters.slack import once
from kit import i18n, links, notify, task
from tickets import monthly_pdf
from tickets.card import Blocks


class Inputs(task.TaskInputs):
    """The month, what `monthly_report` says of it, and where its parts are (blank: not there)."""

    month: str
    summary: dict[str, Any]
    pdf_uri: str = ""
    csv_uri: str = ""
    sheet_url: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Post the card.

    Returns:
        `card`: `done`, `unknown`, or `nothing` where Slack is not set up.
    """
    key = f"monthly:{inputs.month}:{inputs.summary['digest']}"
    return {"card": once.post(key, blocks(inputs, ctx), monthly_pdf.title(inputs.month))}


def blocks(inputs: Inputs, ctx: task.Context) -> Blocks:
    """Title, sums by currency, what waits or came late, and links."""
    found = inputs.summary
    totals = "\n".join(found["totals"]) or i18n.t("monthly.nothing")
    shown = {"totals": totals, "accepted": str(found["accepted"])}
    shown |= {name: str(found[name]) for name in ("review", "late") if found[name]}
    parts = [
        notify.header(monthly_pdf.title(inputs.month)),
        notify.fields({i18n.t(f"monthly.card.{name}"): value for name, value in shown.items()}),
    ]
    if not inputs.sheet_url:
        parts.append(notify.section(i18n.t("monthly.card.no_sheet")))
    parts_at = {
        "pdf": links.file(inputs.pdf_uri, ctx),
        "csv": links.file(inputs.csv_uri, ctx),
        "sheet": inputs.sheet_url,
        "execution": links.execution(ctx),
    }
    named = [f"<{url}|{i18n.t(f'monthly.link.{name}')}>" for name, url in parts_at.items() if url]
    return [*parts, notify.context(named)] if named else parts


if __name__ == "__main__":
    task.main(Inputs, run)
