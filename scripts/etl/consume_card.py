"""Task: tell Slack of a run's alerts, once."""

from __future__ import annotations

from typing import Any

from adapters.slack import once
from kit import i18n, links, notify, task


class Inputs(task.TaskInputs):
    """The run and its alerts, as `consume` gave them."""

    run: dict[str, Any]
    alerts: list[dict[str, Any]]


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Post the card.

    Returns:
        `card`: `done`, `unknown`, or `nothing` (no alert, or Slack is not set up).
    """
    if not inputs.alerts:
        return {"card": "nothing"}
    title = i18n.t("etl.alert.title", run=inputs.run["run_name"])
    ids = "-".join(str(alert["alert_id"]) for alert in inputs.alerts)
    return {"card": once.post(f"etl-alerts:{inputs.run['run_id']}:{ids}", blocks(inputs, ctx, title), title)}


def blocks(inputs: Inputs, ctx: task.Context, title: str) -> list[dict[str, Any]]:
    """Title, the alerts, a link."""
    parts = [
        notify.header(title),
        notify.section(
            i18n.t("etl.alert.status", status=inputs.run["status"]), [alert["message"] for alert in inputs.alerts]
        ),
    ]
    url = links.execution(ctx)
    return [*parts, notify.context([f"<{url}|{i18n.t('etl.link.execution')}>"])] if url else parts


if __name__ == "__main__":
    task.main(Inputs, run)
