"""The collecting window: leads that come together travel together, and one collector at a time writes contacts.

    stored ──▶ waiting ──the one who holds the lock takes up to 100──▶ done | refused
                  └──HubSpot is away: the gate closes, and they wait

Whoever stored an event and finds the lock taken may go: the holder looks again after it let go of the lock, so an
event that was stored before that is seen by one of the two. When the holder dies, the lock dies with its connection,
and the next event, or the sweep of each minute, takes what waits.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from kit import db, settings
from kit.errors import OpsflowsError, TerminalError
from leads import gate, inbox, queries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.hubspot import Client
    from kit.db import Connection
    from leads.contacts import Written

LOCK: Final = "leads:collector"
MOST: Final = 100
# A run hands over to the sweep before Kestra's own time-out.
_RUN_S: Final = 150.0
# Where work queues up before us, waiting for full batches costs nobody anything: the queue is the wait.
_BEHIND_S: Final = 1.5
_WINDOW_MOST_S: Final = 60.0
_POLL_S: Final = 0.1
# Failures in a row after which waiting alone has not helped: about ten minutes.
_LASTING: Final = 7
State = Literal["idle", "collected", "elsewhere", "deferred"]


@dataclass(slots=True)
class Collected:
    """What a run did.

    Attributes:
        state: `idle` (nothing waited), `collected`, `elsewhere` (another run is at it) or `deferred`.
        code: why it was deferred.
        wait_s: until the next try.
        alarm: whether a person should hear that nothing can be written.
        events: events that are settled.
        batches: how many times a batch was written.
        troubles: new troubles of single leads.
        kinds: how many contacts were created, updated, unchanged or refused.
    """

    state: State = "idle"
    code: str = ""
    wait_s: float = 0.0
    alarm: bool = False
    events: int = 0
    batches: int = 0
    troubles: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


class Collector:
    """Collects what waits.

    Args:
        conn: a connection; the lock lives on it.
        connect_hubspot: makes the client, when there is something to write.
        execution_id: who collects.
        answer: whether ManyChat is to be told of each lead.
    """

    def __init__(
        self, conn: Connection, connect_hubspot: Callable[[], Client], execution_id: str, *, answer: bool
    ) -> None:
        """Keep the parts."""
        self._conn, self._connect, self._execution_id, self._answer = conn, connect_hubspot, execution_id, answer
        self._window_s = settings.get().leads_window_s
        self._made = Collected()

    def run(self) -> Collected:
        """Write what waits, until nothing does; HubSpot's trouble is no error here: the leads wait."""
        ends = time.monotonic() + _RUN_S
        while time.monotonic() < ends and self._another_turn(ends):
            pass
        return self._made

    def _another_turn(self, ends: float) -> bool:
        """Take the lock and write; false when there is no need to look again."""
        made = self._made
        made.wait_s, made.code = gate.wait_s(self._conn)
        if made.wait_s:
            made.state = "deferred"
            return False
        with db.advisory_lock_if_free(self._conn, LOCK) as ours:
            if not ours:
                made.state = "collected" if made.events else "elsewhere"
                return False
            while time.monotonic() < ends and self._window():
                try:
                    self._batch()
                except OpsflowsError as error:
                    self._defer(error)
                    return False
        # Somebody may have stored an event and gone while the lock was still ours.
        return bool(self._waiting()["events"])

    def _window(self) -> bool:
        """Wait for company; false when nothing waits."""
        while (waiting := self._waiting())["events"]:
            queued_s = max(0.0, waiting["behind_s"] - _BEHIND_S)
            left_s = min(self._window_s + 2 * queued_s, _WINDOW_MOST_S) - waiting["oldest_s"]
            if left_s <= 0 or waiting["events"] >= MOST:
                return True
            time.sleep(min(left_s, _POLL_S))
        return False

    def _batch(self) -> None:
        # They bring pydantic's models and HubSpot's client along, which an execution that only stores does not need.
        from leads import confirm, mapping, people
        from leads.contacts import Writer

        mapped = mapping.load()
        with db.transaction(self._conn):
            inbox.read(self._conn, MOST)
            events = queries.every(self._conn, "take_events", most=MOST)
            gathered = people.gather(self._conn, events, mapped)
        conn = self._conn
        writer = Writer(self._connect(), mapped, owners=partial(inbox.owners, conn), intend=partial(inbox.intend, conn))
        strangers = confirm.strangers(gathered)
        refused = {written.person.lead_id for written in strangers}
        self._record(strangers)
        for group in writer.write([person for person in gathered if person.lead_id not in refused]):
            self._record(group)
        gate.open_again(self._conn)
        self._made.batches += 1

    def _record(self, group: Sequence[Written]) -> None:
        with db.transaction(self._conn):
            for written in group:
                kind, troubles = inbox.record(self._conn, written, self._execution_id, answer=self._answer)
                self._count(kind, troubles, len(written.person.keys))

    def _count(self, kind: str, troubles: int, events: int) -> None:
        made = self._made
        made.state = "collected"
        made.kinds[kind] = made.kinds.get(kind, 0) + 1
        made.troubles += troubles
        made.events += events

    def _defer(self, error: OpsflowsError) -> None:
        if error.provider == db.PROVIDER:
            raise error
        failures = gate.close(self._conn, error)
        self._made.state, self._made.code = "deferred", error.code
        # A token, a permission, a plan's limit: somebody must mend it. Anything else is told only when it lasts.
        self._made.alarm = failures == (1 if isinstance(error, TerminalError) else _LASTING)
        self._made.wait_s = gate.wait_s(self._conn)[0]

    def _waiting(self) -> queries.Row:
        return queries.one(self._conn, "waiting_events") or {"events": 0, "oldest_s": 0.0, "behind_s": 0.0}
