"""Sending what waits in ops.alert_deliveries, each thing at most once.

    pending ──claim──▶ sending ──told──▶ sent
       ▲                  ├─TransientError──▶ pending, later
       │                  ├─TerminalError───▶ failed, and the fallback channels are told instead
       │                  ├─nothing to tell─▶ dropped
       │                  └─UncertainError, crash──▶ looked up by our own id: found ──▶ sent
       └──────────────────────────────── not found ──┘      cannot be looked up ──▶ unknown

What is in doubt stays so until it was looked up, however often the provider is away meanwhile.

A claim is committed before anything is sent. Its end is the lease's: longer than any call may take.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from kit import db, logging, redaction
from kit.errors import OpsflowsError, TransientError, UncertainError
from platform_tasks.alerts import channels, queries, rules

if TYPE_CHECKING:
    from kit.db import Connection
    from platform_tasks.alerts.queries import Row

LEASE_S: Final = 120.0
POSTS: Final = ("fired", "again", "escalated")
_FIRST_WAIT_S: Final = 15.0
_LONGEST_WAIT_S: Final = 900.0
# With these waits about a day. Not a moment: what quiet hours held back for long would have no try left.
_TRIES: Final = 100
# Who does not hear of it after so many tries is not the only one who should.
_PATIENCE: Final = 3
_SHOWN: Final = 300
NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Delivered:
    """How many deliveries came to which end."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    unknown: int = 0
    dropped: int = 0

    def counts(self) -> dict[str, int]:
        """The ends by name."""
        return asdict(self)


def deliver(conn: Connection, *, most: int = 200) -> Delivered:
    """Send what is due; several processes may do so at once.

    Args:
        conn: in autocommit, so that a claim is there for others before anything is sent.
        most: deliveries in one call.
    """
    done = Delivered()
    for _ in range(most):
        row = queries.one(conn, "delivery_claim", lease_s=LEASE_S)
        if row is None:
            break
        end = _one(conn, row)
        setattr(done, end, getattr(done, end) + 1)
    return done


def _one(conn: Connection, delivery: Row) -> str:
    alert = queries.one(conn, "alert_get", alert_id=delivery["alert_id"]) or {}
    message = queries.one(conn, "delivery_message", alert_id=alert["alert_id"], channel=delivery["channel"]) or {}
    try:
        told = channels.tell(channels.Telling(alert, delivery, message))
    except TransientError as error:
        return _later(conn, delivery, alert, error)
    except UncertainError as error:
        return _in_doubt(conn, delivery, alert, error)
    except OpsflowsError as error:
        return _refused(conn, delivery, alert, error)
    except Exception as error:  # noqa: BLE001 - one that cannot be told must not keep the others from it
        return _refused(conn, delivery, alert, OpsflowsError(f"{type(error).__name__}: {error}", code="internal"))
    if told is None:
        _end(conn, delivery, "dropped", error="nothing_to_tell")
        return "dropped"
    _end(conn, delivery, "sent", reference=told.reference, shown=told.shown)
    return "sent"


def _later(conn: Connection, delivery: Row, alert: Row, error: TransientError) -> str:
    if delivery["attempts"] >= _TRIES:
        return _refused(conn, delivery, alert, error)
    if delivery["attempts"] >= _PATIENCE:
        _fall_back(conn, delivery, alert)
    due = _next_try(delivery, error.retry_after or 0)
    if delivery["doubtful"]:
        # It was not looked up yet, so whoever takes it next must not simply send it.
        _end(conn, delivery, "unknown", error=_text(error), due=due)
        return "retried"
    named = {name: delivery[name] for name in ("delivery_id", "attempts", "alert_id", "channel", "change")}
    with db.transaction(conn):
        if not queries.run(conn, "delivery_again", **named):
            _end(conn, delivery, "pending", error=_text(error), due=due)
    return "retried"


def _in_doubt(conn: Connection, delivery: Row, alert: Row, error: UncertainError) -> str:
    """What can be looked up is looked up in a while; the rest stays in doubt, and is not repeated."""
    due = NEVER
    if error.code != channels.NO_LOOKUP and channels.can_look_up(delivery):
        if delivery["attempts"] >= _TRIES:
            return _refused(conn, delivery, alert, error)
        if delivery["attempts"] >= _PATIENCE:
            _fall_back(conn, delivery, alert)
        due = _next_try(delivery)
    _end(conn, delivery, "unknown", error=_text(error), due=due)
    return "unknown"


def _next_try(delivery: Row, at_least_s: float = 0) -> datetime:
    # The exponent is bounded, since a float's is: the wait is not longer than the longest anyway.
    wait = min(_FIRST_WAIT_S * 2 ** min(delivery["attempts"] - 1, 10), _LONGEST_WAIT_S)
    return datetime.now(UTC) + timedelta(seconds=max(wait, at_least_s))


def _refused(conn: Connection, delivery: Row, alert: Row, error: OpsflowsError) -> str:
    logging.get(__name__).warning(
        "alert.not_delivered", channel=delivery["channel"], change=delivery["change"], **error.outcome()
    )
    with db.transaction(conn):
        _end(conn, delivery, "failed", error=_text(error))
        _fall_back(conn, delivery, alert)
    return "failed"


def _fall_back(conn: Connection, delivery: Row, alert: Row) -> None:
    """Tell it elsewhere, not in the same place by another name; a rehearsal goes nowhere else."""
    if alert["test"] or delivery["change"] not in POSTS:
        return
    rows = queries.every(conn, "delivery_tried", alert_id=alert["alert_id"])
    tried = {channels.place(row["channel"]) for row in rows}
    for channel in rules.load().fallback:
        if channels.place(channel) not in tried:
            told = {"alert_id": alert["alert_id"], "channel": channel, "change": delivery["change"]}
            queries.run(conn, "delivery_put", **told, due_at=None)


def _end(
    conn: Connection,
    delivery: Row,
    state: str,
    *,
    reference: str | None = None,
    shown: str | None = None,
    error: str | None = None,
    due: datetime | None = None,
) -> None:
    values: dict[str, Any] = {"reference": reference, "shown": shown, "error": error}
    due_at: Any = "infinity" if due is NEVER else due
    ours = {"delivery_id": delivery["delivery_id"], "attempts": delivery["attempts"]}
    queries.run(conn, "delivery_end", state=state, due_at=due_at, **values, **ours)


def _text(error: OpsflowsError) -> str:
    return redaction.redact(f"{error.code}: {error}")[:_SHOWN]
