"""The book of troubles, ops.alerts. Every change and what is to be told of it commit together.

      fire ──▶ firing ──fire again──▶ firing (counted; told again only when the level rises)
                 ├─acknowledge, snooze─▶ firing (not escalated)
                 ├─escalate (WARNING, nobody there)─▶ firing, CRITICAL
                 └─resolve, days of silence─▶ resolved ──fire──▶ a new row, told as "again"

Nothing is sent here: `platform_tasks.alerts.deliver` does that, from this process or another.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from kit import db, redaction
from kit.text import storable, truncate
from platform_tasks.alerts import queries, rules
from platform_tasks.alerts.events import Change, Event, Fired, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.db import Connection
    from platform_tasks.alerts.queries import Row

_TITLE: Final = 200
_MESSAGE: Final = 2000
_DETAIL: Final = 8000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Channels that can change what they have told.
CHANGEABLE: Final = frozenset({"data_alerts", "incidents", "test"})


def fire(conn: Connection, event: Event) -> Fired:
    """Note a failure; it is told when it is new, comes back, or is worse than before, else counted.

    Every text is redacted before it is kept.

    Raises:
        OpsflowsError: the rules are wrong, or Postgres does not answer.
    """
    book = rules.load()
    rule = book.rule(event.event)
    with db.transaction(conn):
        _lapse(conn, event.key, book.silent_hours)
        row = _put(conn, event, rule, event.level or rule.level)
        change = _change(conn, row, event, book)
        if change is None:
            due = datetime.now(UTC) + timedelta(minutes=book.count_minutes)
            tell(conn, row, "counted", due=due)
        else:
            tell(conn, row, change)
    return Fired(row["alert_id"], event.key, row["level"], change, row["count"])


def resolve(conn: Connection, key: str, *, by: str = "") -> int | None:
    """End a trouble by its key (`Event.key`); returns the alert's id, or None when none was firing."""
    row = queries.one(conn, "alert_firing", key=key)
    return row["alert_id"] if row and resolve_alert(conn, row["alert_id"], by=by) else None


def is_firing(conn: Connection, key: str, execution_id: str) -> bool:
    """Whether a trouble is open whose last failure was this execution's."""
    return queries.one(conn, "alert_firing_of", key=key, execution_id=execution_id) is not None


def resolve_alert(conn: Connection, alert_id: int, *, by: str = "") -> bool:
    """End an alert; says whether it was firing."""
    with db.transaction(conn):
        row = queries.one(conn, "alert_resolve", alert_id=alert_id, by=by)
        if row:
            queries.run(conn, "delivery_uncount", alert_id=alert_id)
            tell(conn, row, "resolved")
    return bool(row)


def acknowledge(conn: Connection, alert_id: int, by: str) -> bool:
    """Somebody looks after it, so it is not escalated; says whether they were the first."""
    with db.transaction(conn):
        row = queries.one(conn, "alert_acknowledge", alert_id=alert_id, by=truncate(by, _TITLE))
        if row:
            tell(conn, row, "acknowledged")
    return bool(row)


def snooze(conn: Connection, alert_id: int, until: datetime) -> bool:
    """Say nothing of it until then, unless it gets worse; says whether it is firing."""
    return queries.one(conn, "alert_snooze", alert_id=alert_id, until=until) is not None


def escalate(conn: Connection, alert_id: int) -> bool:
    """Make a WARNING that nobody looks after CRITICAL; says whether it still was one."""
    with db.transaction(conn):
        row = queries.one(conn, "alert_escalate", alert_id=alert_id)
        if row:
            tell(conn, row, "escalated")
    return bool(row)


def tell(conn: Connection, alert: Row, change: Change, *, due: datetime | None = None) -> None:
    """Put into the outbox what a change means, for each channel; within the transaction of the change.

    Args:
        conn: in a transaction.
        alert: alert_id, level, event, test.
        change: what happened.
        due: when it is told; default: now, or when the quiet hours or a snooze end.
    """
    book = rules.load()
    rule = book.rule(alert["event"])
    if due is None:
        due = _latest(book.held_until(rule, alert["level"], datetime.now(UTC)), alert.get("held_until"))
    told_before = _told_before(conn, alert["alert_id"])
    if change in ("fired", "again", "escalated"):
        new: list[str] = list(book.channels(rule, alert["level"])) if not alert["test"] else ["test"]
        _put_out(conn, alert, change, due, new)
        _put_out(conn, alert, "counted", None, CHANGEABLE.intersection(told_before).difference(new))
    elif change == "counted":
        _put_out(conn, alert, change, due, CHANGEABLE.intersection(told_before))
    elif change == "acknowledged":
        _put_out(conn, alert, change, None, (CHANGEABLE | {"pagerduty"}).intersection(told_before))
    else:
        _put_out(conn, alert, change, due, told_before)


def _told_before(conn: Connection, alert_id: int) -> list[str]:
    """The channels that hear of an alert already."""
    return [row["channel"] for row in queries.every(conn, "delivery_channels", alert_id=alert_id)]


def _put_out(conn: Connection, alert: Row, change: Change, due: datetime | None, channels: Iterable[str]) -> None:
    for channel in sorted(channels):
        queries.run(conn, "delivery_put", alert_id=alert["alert_id"], channel=channel, change=change, due_at=due)


def kept(event: Event, rule: rules.Rule, level: Level) -> Row:
    """An event as it is kept: redacted, and cut to what messages bear."""
    return {
        "key": event.key,
        "event": event.event,
        "level": level,
        "namespace": event.namespace,
        "flow_id": event.flow_id,
        "data_date": event.data_date,
        "error_class": _text(event.error_class, _TITLE),
        # One line, also where Unicode ends one: it becomes the subject of a mail.
        "title": _text(" ".join(_CONTROL.sub(" ", event.title).split()), _TITLE),
        "message": _text(event.message, _MESSAGE),
        "detail": _detail(event.detail),
        "execution_id": event.execution_id,
        "runbook": rule.runbook,
        "recovers": rule.recovers,
        "test": event.test,
    }


def _put(conn: Connection, event: Event, rule: rules.Rule, level: Level) -> Row:
    values = kept(event, rule, level)
    row = queries.one(conn, "alert_fire", **{**values, "detail": json.dumps(values["detail"], ensure_ascii=False)})
    assert row, "an insert that updates on conflict returns a row"  # noqa: S101 - what SQL promises
    return row


def _lapse(conn: Connection, key: str, hours: int) -> None:
    """End what was silent for long; only its messages show that, since its comeback is about to be told."""
    if row := queries.one(conn, "alert_lapse", key=key, hours=hours):
        queries.run(conn, "delivery_uncount", alert_id=row["alert_id"])
        _put_out(conn, row, "counted", None, CHANGEABLE.intersection(_told_before(conn, row["alert_id"])))


def _change(conn: Connection, row: Row, event: Event, book: rules.Rules) -> Change | None:
    if row["count"] > 1:
        return "escalated" if row["level"] != row["level_before"] else None
    before = queries.one(conn, "alert_before", key=event.key, alert_id=row["alert_id"], again_hours=book.again_hours)
    if before is None:
        return "fired"
    snoozed = before["snoozed_until"]
    if snoozed and snoozed > datetime.now(UTC) and row["level"] != "CRITICAL":
        # Who asked for silence meant the trouble, not this occurrence of it.
        queries.run(conn, "alert_snoozed", alert_id=row["alert_id"], until=snoozed)
        row["held_until"] = snoozed
    return "again" if before["recent"] else "fired"


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


def _text(text: str, length: int) -> str:
    return truncate(storable(redaction.redact(text)), length)


def _detail(detail: Any) -> dict[str, Any]:
    """The facts as JSON has them, every text in it redacted; what is too long is left out."""
    text = json.dumps(_redacted(storable(dict(detail))), ensure_ascii=False, default=str)
    found: dict[str, Any] = json.loads(text) if len(text) <= _DETAIL else {"left_out": len(text)}
    return found


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redaction.redact(value)
    if isinstance(value, dict):
        return {str(name): _redacted(item) for name, item in value.items()}
    return [_redacted(item) for item in value] if isinstance(value, list | tuple) else value
