"""Work that was refused or given up, with the reason and what is needed to try again (`ops.dead_letters`).

A letter is open until it was replayed or dropped; while it is open, the same work put again is the same letter, one
attempt older and with the newest payload. `kit.replays` replays them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from kit import db
from kit.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.db import Connection, Row

State = Literal["open", "replayed", "dropped"]
_MOST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Letter:
    """One row; times aware UTC, `payload` None when it was erased."""

    id: int
    provider: str
    kind: str
    key: str
    reason: str
    error: str
    payload: Any
    execution_id: str | None
    attempts: int
    state: State
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters: None means any; `min_age_s` seconds since the work was given up first."""

    provider: str | None = None
    kind: str | None = None
    reason: str | None = None
    min_age_s: float = 0.0
    states: Sequence[State] = ("open",)
    most: int = 100


def put(  # noqa: PLR0913 - the parts of a letter, keyword-only
    conn: Connection,
    *,
    provider: str,
    kind: str,
    key: str,
    reason: str,
    error: str,
    payload: Any,
    execution_id: str | None,
) -> int:
    """Put a letter, in the caller's transaction when there is one, and return its id.

    Args:
        conn: a connection.
        provider: who refused, or was away.
        kind: what work it is; namespace_files/config/replayers.json names the code that replays it.
        key: the work's own key, such as the id of an event.
        reason: stable snake_case code, such as an error's.
        error: for people; it is redacted and cut here.
        payload: whatever JSON can hold and a replay needs; no secret.
        execution_id: the execution that gives the work up, if any.
    """
    values = {
        "provider": provider,
        "kind": kind,
        "key": key,
        "reason": reason,
        "error": redact(error)[:_MOST_TEXT],
        "payload": json.dumps(payload, ensure_ascii=False),
        "execution_id": execution_id,
    }
    row = db.fetch_one(conn, db.own_sql("dead_letter_put"), values)
    if row is None:
        raise AssertionError("an upsert with RETURNING returns its row")
    return int(row["id"])


def find(conn: Connection, wanted: Wanted | None = None) -> list[Letter]:
    """The letters that are wanted, oldest first; by default the open ones."""
    wanted = wanted or Wanted()
    params = {name: getattr(wanted, name) for name in ("provider", "kind", "reason", "min_age_s", "most")}
    rows = db.fetch_all(conn, db.own_sql("dead_letter_list"), {**params, "states": list(wanted.states)})
    return [Letter(**row) for row in rows]


def open_counts(conn: Connection, provider: str | None = None) -> list[Row]:
    """How many letters are open, and since when, by provider, kind and reason."""
    return db.fetch_all(conn, db.own_sql("dead_letter_counts"), {"provider": provider})


def mark_replayed(conn: Connection, letter_id: int) -> bool:
    """Close a letter whose work is done now; False when it was closed already."""
    return _close(conn, letter_id, "replayed")


def drop(conn: Connection, letter_id: int) -> bool:
    """Close a letter that nobody wants done any more; False when it was closed already."""
    return _close(conn, letter_id, "dropped")


def mark_failed(conn: Connection, letter_id: int, *, reason: str, error: str, execution_id: str | None) -> bool:
    """Keep an open letter open after a replay that failed, with what is in the way now."""
    params = {"id": letter_id, "reason": reason, "error": redact(error)[:_MOST_TEXT], "execution_id": execution_id}
    return db.execute(conn, db.own_sql("dead_letter_failed"), params) > 0


def erase(conn: Connection, kind: str, keys: Sequence[str]) -> int:
    """Erase payload, error and key of the letters of a person, in any state, and return how many there were.

    Open ones are dropped: there is nothing left that could be replayed.
    """
    return db.execute(conn, db.own_sql("dead_letter_erase"), {"kind": kind, "keys": list(keys)})


def _close(conn: Connection, letter_id: int, state: State) -> bool:
    return db.execute(conn, db.own_sql("dead_letter_close"), {"id": letter_id, "state": state}) > 0


def as_json(letter: Letter, *, payload: bool = False) -> Mapping[str, Any]:
    """A letter as JSON; its payload, which is a person's data, only when asked for."""
    names = [name for name in Letter.__slots__ if payload or name != "payload"]
    values = {name: getattr(letter, name) for name in names}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}
