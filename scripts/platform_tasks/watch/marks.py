"""How far each watcher has come (`ops.watch_marks`), and when it last ended well."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg2.extras import Json

from platform_tasks.watch import queries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from kit.db import Connection


@dataclass(frozen=True, slots=True)
class Mark:
    """One row; `at` is None before the first good end."""

    upto: datetime | None = None
    at: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def read(conn: Connection, name: str) -> Mark:
    """The mark of this name; an empty one when there is none."""
    row = queries.one(conn, "mark_read", name=name)
    return Mark(row["upto"], row["at"], row["detail"]) if row else Mark()


def move(conn: Connection, name: str, upto: datetime) -> None:
    """Remember how far it was read; together with what was read, in the caller's transaction."""
    queries.run(conn, "mark_move", name=name, upto=upto)


def done(conn: Connection, name: str, detail: Mapping[str, Any]) -> None:
    """Remember that a run ended well just now."""
    queries.run(conn, "mark_done", name=name, detail=Json(dict(detail)))
