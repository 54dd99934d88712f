"""People hear of a run's alerts: each kind is one trouble of its flow and label, until a run is good there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kit import i18n
from platform_tasks.alerts import book
from platform_tasks.alerts.events import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.queries import Row
    from kit.db import Connection

NAMESPACE: Final = "opsflows.etl"
# What a run that ended well shows to be over when it is not among its alerts.
_KINDS: Final = ("run_failed", "low_ratio", "rows_drop", "ratio_drop")


def people(conn: Connection, run: Row, alerts: Sequence[dict[str, Any]]) -> None:
    """Fire what a run raised, and end what is good again; what is due is sent by alert_escalation.

    Args:
        conn: in the transaction that keeps the alerts.
        run: of etl_runs.
        alerts: `alert_id`, `kind`, `level`, `message`.
    """
    raised = {alert["kind"]: alert for alert in alerts}
    for kind, alert in raised.items():
        if alert["level"] != "info" and not _heard(conn, run, kind):
            book.fire(conn, _event(run, kind, alert["message"]))
    if run["status"] == "succeeded":
        for kind in _KINDS:
            if kind not in raised:
                book.resolve(conn, _event(run, kind, "").key, by=run["execution_id"])


def _heard(conn: Connection, run: Row, kind: str) -> bool:
    """Whether this very run was told before, by an earlier try of the task."""
    return book.is_firing(conn, _event(run, kind, "").key, run["execution_id"])


def _event(run: Row, kind: str, message: str) -> Event:
    return Event(
        event=f"etl_{kind}",
        title=i18n.t("alert.title.etl", run=run["run_label"] or run["flow"], kind=i18n.t(f"alert.kind.{kind}")),
        flow_id=run["flow"],
        namespace=NAMESPACE,
        error_class=f"{kind}:{run['run_label']}",
        message=message,
        detail={"run": run["run_name"], "replay": i18n.t("alert.replay.rerun")},
        execution_id=run["execution_id"],
    )
