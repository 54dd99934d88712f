"""The effect ledger: at most one effect on the outside world per key, also across crashes.

    started ──call()──▶ done                     the row `started` is committed before the call, `done` after it
       │  ├─TerminalError, TransientError──▶ failed      nothing was applied; a later execution may perform it again
       │  └─UncertainError, crash──▶ (stays started)
       └─ on re-entry: find() ──found──▶ done
                              └─not found──▶ repeat (call again)  or  give_up ──▶ unknown

A session advisory lock on the key makes a re-entry wait for an orphan of the killed attempt that still works.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from kit import db
from kit.errors import TerminalError, TransientError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.db import Connection

_MAX_RESULT: Final = 16_384


@dataclass(frozen=True, slots=True)
class Effect:
    """What is known of an effect: `done` with its `result`, or `unknown`; `repeated` when an earlier run did it."""

    key: str
    state: Literal["done", "unknown"]
    result: dict[str, Any]
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Task:
    conn: Connection
    key: str
    kind: str
    call: Callable[[], dict[str, Any]]
    find: Callable[[], dict[str, Any] | None] | None
    give_up: bool
    settle_s: float


def perform(  # noqa: PLR0913 - the parts of one effect, the last two with defaults
    connect: Callable[[], Connection] | str,
    key: str,
    kind: str,
    call: Callable[[], dict[str, Any]],
    find: Callable[[], dict[str, Any] | None] | None,
    on_unknown: Literal["repeat", "give_up"],
    *,
    settle_s: float = 5.0,
    wait_s: float = 60.0,
) -> Effect:
    """Perform an external effect, or return what an earlier run did.

    Args:
        connect: DSN or factory of a connection of its own, held while the call runs.
        key: our id of the effect, e.g. `whatsapp:answer:<message id>`.
        kind: short name of what is done, for people.
        call: does it and returns a small JSON-able result (at most 16 kB).
        find: looks it up at the provider by our id; None when the provider offers no way.
        on_unknown: what to do when it may have happened and cannot be found: call again, or leave it.
        settle_s: seconds since the lost call before a `find` that finds nothing is believed, because what was
            sent may still be on its way.
        wait_s: seconds to wait for an orphan that holds the key.

    Raises:
        TerminalError, TransientError: as `call` raised them; recorded as failed.
        UncertainError: as `call` raised it; the next run looks the effect up.
        DeadlineError: an orphan still holds the key.
    """
    with closing(db.connect(connect) if isinstance(connect, str) else connect()) as conn:
        task = _Task(conn, key, kind, call, find, on_unknown == "give_up", settle_s)
        with db.advisory_lock(conn, f"effect:{key}", wait_s=wait_s):
            return _enter(task)


def record(conn: Connection, key: str, kind: str, result: dict[str, Any]) -> None:
    """Record an effect that its own means made sure of, such as a batch that was written under a lock.

    Args:
        conn: the connection in whose transaction the record commits.
        key: our id of the effect.
        kind: short name of what was done.
        result: small JSON-able facts.
    """
    params = {
        "key": key,
        "kind": kind,
        "result": json.dumps(result, default=str),
        "execution_id": _execution_id(),
    }
    db.execute(conn, db.own_sql("effect_record"), params)


def state(conn: Connection, key: str) -> tuple[str, str | None] | None:
    """What the ledger says of an effect.

    Returns:
        Its state (`started`, `done`, `failed`, `unknown`) and the code of its last failure; None: never begun.
    """
    row = db.fetch_one(conn, db.own_sql("effect_read"), {"key": key})
    return (row["state"], row["code"]) if row else None


def result(conn: Connection, key: str) -> dict[str, Any] | None:
    """What an effect that was done gave back; None when it was not, or nothing is known of it."""
    row = db.fetch_one(conn, db.own_sql("effect_read"), {"key": key})
    return (row["result"] or {}) if row and row["state"] == "done" else None


def _enter(task: _Task) -> Effect:
    row = db.fetch_one(task.conn, db.own_sql("effect_read"), {"key": task.key})
    if row is None or row["state"] == "failed":
        return _call(task)
    if row["state"] == "done":
        return Effect(task.key, "done", row["result"] or {}, repeated=True)
    found = _look_up(task, 0.0 if row["state"] == "unknown" else task.settle_s - row["age_s"])
    if found is not None:
        return _done(task, found, repeated=True)
    if row["state"] == "unknown" or task.give_up:
        return _unknown(task, row["code"])
    return _call(task)


def _look_up(task: _Task, unsettled_s: float) -> dict[str, Any] | None:
    """Find the effect, a second time once enough time has passed for it to show."""
    if task.find is None:
        return None
    found = task.find()
    if found is None and unsettled_s > 0:
        time.sleep(unsettled_s)
        found = task.find()
    return found


def _call(task: _Task) -> Effect:
    db.execute(
        task.conn, db.own_sql("effect_start"), {"key": task.key, "kind": task.kind, "execution_id": _execution_id()}
    )
    try:
        result = task.call()
    except (TerminalError, TransientError) as error:
        # Both say that nothing was applied, so a later run may call again.
        _finish(task, "failed", None, error.code)
        raise
    except UncertainError as error:
        return _resolve(task, error)
    return _done(task, result, repeated=False)


def _resolve(task: _Task, error: UncertainError) -> Effect:
    """Look at once; what is not to be seen yet is left to the next run."""
    found = task.find() if task.find else None
    if found is not None:
        return _done(task, found, repeated=False)
    if task.find is None and task.give_up:
        return _unknown(task, error.code)
    raise error


def _done(task: _Task, result: dict[str, Any], *, repeated: bool) -> Effect:
    """Record first, complain afterwards: an unfit result must not make the effect happen twice."""
    text = json.dumps(result, default=str)
    fits = len(text) <= _MAX_RESULT
    _finish(task, "done", text if fits else "{}", None)
    if not fits:
        raise ValueError(f"the result of effect {task.key} is {len(text)} characters long; at most {_MAX_RESULT} fit")
    return Effect(task.key, "done", json.loads(text), repeated=repeated)


def _unknown(task: _Task, code: str | None) -> Effect:
    _finish(task, "unknown", None, code or "interrupted")
    return Effect(task.key, "unknown", {}, repeated=True)


def _finish(task: _Task, state: str, result: str | None, code: str | None) -> None:
    params = {"key": task.key, "state": state, "result": result, "code": code}
    db.execute(task.conn, db.own_sql("effect_finish"), params)


def _execution_id() -> str | None:
    """The execution in which this process runs, so that each effect leads back to what caused it."""
    return os.environ.get("OPSFLOWS_EXECUTION_ID") or None
