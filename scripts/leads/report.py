"""Task: tell Slack what a person should look at, in one card for all that is new."""

from typing import Any

from adapters.slack import once
from kit import db, i18n, notify, task
from leads import gate, queries

MOST = 20


class Inputs(task.TaskInputs):
    """`alarm` is the code of what hinders all leads; blank when nothing does."""

    alarm: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Post one card through the effect ledger; what was told is not told again.

    Returns:
        `told` (troubles on the card) and `slack`: `done`, `unknown`, or `nothing` where there is nothing to say.
    """
    with db.connect() as conn:
        found = queries.every(conn, "untold_troubles", most=MOST)
        if not found and not inputs.alarm:
            return {"told": 0, "slack": "nothing"}
        title = i18n.t("leads.card.title")
        wait_s, _ = gate.wait_s(conn)
        state = once.post(f"leads:troubles:{ctx.execution_id}", _card(title, found, inputs.alarm, wait_s), title)
        queries.run(conn, "tell_troubles", trouble_ids=[row["trouble_id"] for row in found])
    return {"told": len(found), "slack": state}


def _card(title: str, found: list[queries.Row], alarm: str, wait_s: float) -> list[notify.Block]:
    blocks = [notify.header(title)]
    if alarm:
        blocks.append(notify.section(i18n.t("leads.card.alarm", code=alarm, seconds=round(wait_s))))
    if found:
        blocks.append(notify.section(i18n.t("leads.card.troubles"), [_line(row) for row in found]))
    return blocks


def _line(row: queries.Row) -> str:
    key = f"leads.trouble.{row['code']}"
    text = i18n.t(key, property=row["property"], detail=row["detail"]) if i18n.has(key) else row["code"]
    who = f"{row['lead_id'] or ''} {_link(row['hubspot_id'])}".strip()
    return f"{who}: {text}" if who else text


def _link(hubspot_id: str | None) -> str:
    return f"(HubSpot {hubspot_id})" if hubspot_id else ""


if __name__ == "__main__":
    task.main(Inputs, run)
