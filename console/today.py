"""How each flow does today, worst first, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from kit import links, settings
from kit.queries import Queries

if TYPE_CHECKING:
    from kit.db import Connection, Row

FAILED: Final = ("FAILED", "KILLED")
ENDED_WELL: Final = ("SUCCESS", "SKIPPED", "CANCELLED")
# Worst first; each with how it is marked.
STANDINGS: Final = {
    "failed": "bad",
    "late": "bad",
    "slow": "warn",
    "warning": "warn",
    "running": "calm",
    "ok": "good",
    "off": "quiet",
    "never": "quiet",
}
_sql = Queries("console")


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow on the page: its row of `flows_today.sql`, and what that means."""

    row: Row
    standing: str

    @property
    def mark(self) -> str:
        """How its standing looks: `bad`, `warn`, `calm`, `good` or `quiet`."""
        return STANDINGS[self.standing]

    @property
    def domain(self) -> str:
        """The last part of its namespace."""
        return str(self.row["namespace"]).removeprefix("opsflows.")

    @property
    def url(self) -> str | None:
        """Its last execution in Kestra."""
        return links.execution_of(self.row["execution_id"], self.row["flow_id"], self.row["namespace"])

    @property
    def over_sla(self) -> bool:
        """Whether its last run took, or takes, longer than it may."""
        return is_over(self.row)


def flows(conn: Connection) -> list[Flow]:
    """Every flow that is scheduled or ran lately, worst first."""
    found = [Flow(row, standing(row)) for row in _sql.every(conn, "flows_today", begins=_midnight())]
    order = list(STANDINGS)
    return sorted(found, key=lambda flow: (order.index(flow.standing), flow.domain, str(flow.row["flow_id"])))


def _midnight() -> datetime:
    """When the day began where the company is."""
    zone = ZoneInfo(settings.get().timezone)
    return datetime.combine(datetime.now(zone).date(), time(), zone)


def needs(conn: Connection) -> Row:
    """How much of each kind waits for somebody."""
    found, alerts = _sql.one(conn, "needs_person"), _sql.one(conn, "alert_counts")
    assert found, "a select of counts has a row"  # noqa: S101 - what SQL promises
    assert alerts, "a select of counts has a row"  # noqa: S101 - what SQL promises
    return found | alerts


def standing(row: Row) -> str:
    """What a flow's row means, the worst of what holds: a key of `STANDINGS`."""
    state = row["state"]
    if state in FAILED:
        return "failed"
    if row["is_late"]:
        return "late"
    if is_over(row):
        return "slow"
    if state == "WARNING":
        return "warning"
    if state is None or row["disabled"]:
        return "off" if row["disabled"] else "never"
    return "ok" if state in ENDED_WELL else "running"


def is_over(row: Row) -> bool:
    """Whether the last run took, or takes, longer than its flow may."""
    return bool(row["state"] and row["sla_s"] and row["run_s"] and row["run_s"] > row["sla_s"])
