"""What a watcher found, and the alerts that follow: a finding that is new fires, an alert without its finding resolves.

A watcher tells all that it finds each time, and only changes reach the book of alerts. Nothing here decides how loud.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kit import db, i18n
from platform_tasks.alerts import book
from platform_tasks.alerts.events import Event
from platform_tasks.watch import queries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kit.db import Connection


@dataclass(frozen=True, slots=True)
class Finding:
    """Something unusual.

    Attributes:
        event: the rule in config/alerts.yaml; its texts are `watch.<event>.title` and `.message`.
        what: tells it from others of the same flow: a trigger, a series.
        namespace: of the flow; blank for what is no flow's.
        flow_id: the flow.
        values: for the texts, and the alert's detail.
        execution_id: the run in which it was seen, if in one.
    """

    event: str
    what: str = ""
    namespace: str = ""
    flow_id: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    execution_id: str = ""

    def as_event(self) -> Event:
        """For the book."""
        values = {"flow": self.flow_id, "what": self.what, **self.values}
        return Event(
            self.event,
            i18n.t(f"watch.{self.event}.title", **values),
            flow_id=self.flow_id,
            namespace=self.namespace,
            error_class=":".join(part for part in (self.event, self.what) if part),
            message=i18n.t(f"watch.{self.event}.message", **values),
            detail=values,
            execution_id=self.execution_id,
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """Keys of alerts that began and ended, and how many go on."""

    fired: list[str]
    resolved: list[str]
    firing: int


def settle(conn: Connection, events: Collection[str], found: Sequence[Finding]) -> Changes:
    """Bring the book up to what was found.

    Args:
        conn: in autocommit.
        events: those that the watcher looks for; alerts of others are left alone.
        found: everything that is unusual now.

    Raises:
        OpsflowsError: Postgres does not answer, or a text is missing.
    """
    wanted = {event.key: event for event in (finding.as_event() for finding in found)}
    with db.transaction(conn):
        # Two watchers at once would tell the same thing twice.
        db.lock_until_commit(conn, f"watch:{','.join(sorted(events))}")
        firing = {row["key"] for row in queries.every(conn, "alerts_firing", events=list(events))}
        fired = sorted(wanted.keys() - firing)
        resolved = sorted(firing - wanted.keys())
        for key in fired:
            book.fire(conn, wanted[key])
        for key in resolved:
            book.resolve(conn, key, by="watch")
    return Changes(fired, resolved, len(wanted))
