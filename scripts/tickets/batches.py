"""Bursts: pictures that one sender sends together get one answer, decided under the lock of their batch's row.

    open ──a member comes to its verdict, or to trouble──▶ open      others are still being read
      └─the last member came, or the wait is over──▶ sealed          nobody joins any more, and each member knows:
                                                        told    the batch's one summary names its verdict
                                                        alone   it has an answer of its own, now or later

Who seals is whoever comes last; whoever finds the batch sealed may send the summary, and the effect ledger sees to it
that it is sent once. So no answer hangs on one process: each told ticket stays pending until the summary is settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from kit import db, settings
from kit.db import Connection
from tickets import queries
from tickets.items import Message
from tickets.queries import Row

# WhatsApp refuses texts of more than 4,096 characters; so many lines fit.
MOST_MEMBERS = 20
# How long the first of a burst waits for the others before it is answered with what is there.
WAIT_S = 180

Own = Literal["alone", "open", "told"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ticket stands to its batch.

    Attributes:
        own: `alone` (an answer of its own), `open` (wait for the others) or `told` (the summary is its answer).
        batch_id: the batch; None for a ticket without one.
        told: tickets whose verdict the summary names, in the order in which they came.
        left: the other members of a sealed batch.
        opened_at: when the batch began; None without one.
    """

    own: Own = "alone"
    batch_id: str | None = None
    told: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    opened_at: datetime | None = None

    @property
    def summary_key(self) -> str:
        """The summary's key in the effect ledger."""
        return f"answer:{self.batch_id}"

    @property
    def deadline(self) -> datetime | None:
        """When a batch that is still open is answered with what is there."""
        return self.opened_at and self.opened_at + timedelta(seconds=WAIT_S)


def join(conn: Connection, message: Message) -> None:
    """Put a new message into its sender's open batch, or begin one with it.

    Runs in the transaction that accepts the message. A batch whose first pictures were answered is sealed, so a
    picture that comes later begins a new one. With OPSFLOWS_BATCH_WINDOW_S at 0 nobody has a batch.
    """
    window_s = settings.get().batch_window_s
    if not window_s:
        return
    sender = {"sender_id": message.sender_id, "phone_number_id": message.phone_number_id}
    # Two webhooks of one burst must not begin a batch each.
    db.lock_until_commit(conn, f"batch:{message.phone_number_id}:{message.sender_id}")
    found = queries.one(conn, "batch_open", **sender, window_s=window_s, most=MOST_MEMBERS)
    batch_id = found["batch_id"] if found else "B-" + message.ticket_id.removeprefix("T-")
    if not found:
        queries.run(conn, "batch_insert", **sender, batch_id=batch_id)
    queries.run(conn, "batch_join", ticket_id=message.ticket_id, batch_id=batch_id)


def join_parts(conn: Connection, parent: Row, ticket_ids: Sequence[str]) -> None:
    """Let the receipts of one picture share the answer to it, whatever the window is.

    Runs in the transaction that makes them. The wait for all begins anew, because they are read only now. Where the
    picture's own batch is sealed, each is answered alone.
    """
    batch = _lock(conn, parent["ticket_id"])
    if batch and batch["state"] != "open":
        return
    batch_id = batch["batch_id"] if batch else "B-" + parent["ticket_id"].removeprefix("T-")
    if batch:
        queries.run(conn, "batch_restart", batch_id=batch_id)
    else:
        sender = {"sender_id": parent["sender_id"], "phone_number_id": parent["phone_number_id"]}
        queries.run(conn, "batch_insert", **sender, batch_id=batch_id)
    for ticket_id in (parent["ticket_id"], *ticket_ids):
        queries.run(conn, "batch_join", ticket_id=ticket_id, batch_id=batch_id)


def arrive(conn: Connection, ticket_id: str, state: Literal["ready", "troubled"]) -> Standing:
    """Say that a ticket has its verdict (`ready`) or is hindered (`troubled`), and seal the batch when it is the last.

    Coming again changes nothing: what a sealed batch decided stays.
    """
    with db.transaction(conn):
        batch = _lock(conn, ticket_id)
        if batch and batch["state"] == "open":
            queries.run(conn, "batch_mark", ticket_id=ticket_id, state=state)
            _seal_if_due(conn, batch)
        return _standing(conn, ticket_id, batch)


def standing(conn: Connection, ticket_id: str) -> Standing:
    """How a ticket stands to its batch now; inside a transaction the batch stays as it is until its end."""
    return _standing(conn, ticket_id, _lock(conn, ticket_id))


def settle_others(conn: Connection, ticket_id: str) -> int:
    """Finish the tickets that waited for nothing but the summary that told of this one; returns how many."""
    return queries.run(conn, "batch_settle", ticket_id=ticket_id)


def _lock(conn: Connection, ticket_id: str) -> Row | None:
    return queries.one(conn, "batch_lock", ticket_id=ticket_id, wait_s=WAIT_S)


def _seal_if_due(conn: Connection, batch: Row) -> None:
    states = [member["state"] for member in _members(conn, batch)]
    if "waiting" in states and not batch["overdue"]:
        return
    together = len(states) > 1 and "ready" in states
    queries.run(conn, "batch_seal", batch_id=batch["batch_id"], together=together)


def _standing(conn: Connection, ticket_id: str, batch: Row | None) -> Standing:
    if batch is None:
        return Standing()
    states = {member["ticket_id"]: member["state"] for member in _members(conn, batch)}
    told = [member for member, state in states.items() if state == "told"]
    left = [member for member, state in states.items() if state == "alone"]
    own: Own = "told" if ticket_id in told else "alone" if ticket_id in left else "open"
    return Standing(own, batch["batch_id"], told, left, batch["opened_at"])


def _members(conn: Connection, batch: Row) -> list[Row]:
    return queries.every(conn, "batch_members", batch_id=batch["batch_id"])
