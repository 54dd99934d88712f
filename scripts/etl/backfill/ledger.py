"""The ledger of backfills: which windows a range has, who is at which, what became of each.

A window is taken under an advisory lock of the session, which goes with the process; so a window of a killed worker
waits for the next one, and two runs of one name share the work rather than double it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from etl import queries
from kit import db
from kit.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from etl.backfill.windows import Span, Step
    from etl.load.job import Report
    from kit.db import Connection

State = Literal["waiting", "loaded", "proven", "thin", "failed"]
_LOOKED_AT: Final = 64  # windows that wait; more workers than that there never are
_LONGEST_S: Final = 3600.0  # that a window of another worker is waited for


@dataclass(frozen=True)
class Backfill:
    """A backfill: its name, and what it brings from where to where.

    Attributes:
        name: of the run; the same name goes on where it stood.
        dataset, source, target: what, from where, to which `schema.table`.
        since, until: the range, aware UTC.
        step: of its windows.
    """

    name: str
    dataset: str
    source: str
    target: str
    since: datetime
    until: datetime
    step: Step

    def values(self) -> dict[str, Any]:
        """As parameters of the statements."""
        named = {name: value for name, value in vars(self).items() if name != "name"}
        return {"backfill_id": self.name, **named}


@dataclass(frozen=True, slots=True)
class Taken:
    """A window in the hands of a worker.

    Attributes:
        span: the window.
        first: it was never loaded.
        reading: counts from 1.
        load_id, checksum, changed: of the reading before; None at the first.
    """

    span: Span
    first: bool
    reading: int
    load_id: str | None = None
    checksum: str | None = None
    changed: int | None = None


def begin(conn: Connection, backfill: Backfill, spans: Sequence[Span]) -> None:
    """Enter a backfill and its windows, or take it up again; what failed waits again.

    Raises:
        ConflictError: the name belongs to another range (code `run_taken`).
    """
    with db.transaction(conn):
        if queries.one(conn, "backfill_begin", **backfill.values()) is None:
            raise ConflictError(
                f"The backfill {backfill.name} was another range.",
                code="run_taken",
                next_action="Give the run a name of its own.",
            )
        sinces, untils = [span[0] for span in spans], [span[1] for span in spans]
        queries.run(conn, "backfill_windows_add", backfill_id=backfill.name, sinces=sinces, untils=untils)
        queries.run(conn, "backfill_again", backfill_id=backfill.name)


def covered(conn: Connection, dataset: str, source: str, target: str) -> list[Span]:
    """Windows that are there for certain, whichever backfill brought them."""
    rows = queries.every(conn, "backfill_covered", dataset=dataset, source=source, target=target)
    return [(row["since"], row["until"]) for row in rows]


def known(conn: Connection, name: str) -> Span | None:
    """The range of a backfill of that name; None when there was none."""
    row = queries.one(conn, "backfill_known", backfill_id=name)
    return (row["since"], row["until"]) if row else None


def pace(conn: Connection, backfill: Backfill) -> queries.Row:
    """How many `rows` and `seconds` a window of this kind had on average; None each when there was none."""
    return queries.one(conn, "backfill_pace", **backfill.values()) or {"rows": None, "seconds": None}


@contextmanager
def taken(conn: Connection, name: str) -> Iterator[Taken | None]:
    """The next window that waits, held as long as the block lasts; None when there is none.

    When others hold all that wait, it is waited for the first of them: its worker may be killed.
    """
    while rows := queries.every(conn, "backfill_waiting", backfill_id=name, most=_LOOKED_AT):
        for row in rows:
            with db.advisory_lock_if_free(conn, _lock(name, row)) as mine:
                found = queries.one(conn, "backfill_take", backfill_id=name, since=row["since"]) if mine else None
                if found:
                    yield _taken(found)
                    return
        with db.advisory_lock(conn, _lock(name, rows[0]), wait_s=_LONGEST_S):
            pass
    yield None


def read(conn: Connection, name: str, taken: Taken, report: Report, state: State, code: str | None) -> None:
    """Note what a reading gave, and what the window is now."""
    queries.run(
        conn,
        "backfill_read",
        backfill_id=name,
        since=taken.span[0],
        before=taken.load_id or "",
        load_id=report.run,
        state=state,
        code=code,
        checksum=report.checksum,
        rows=report.rows - report.duplicates,
        bad=report.bad,
        changed=report.inserted + report.updated,
        inserted=report.inserted,
        updated=report.updated,
    )


def failed(conn: Connection, name: str, span: Span, code: str, *, passes: bool) -> None:
    """Note why a window could not be brought, and whether that may pass."""
    queries.run(conn, "backfill_failed", backfill_id=name, since=span[0], code=code, passes=passes)


def failures(conn: Connection, name: str) -> int:
    """How many windows have failed since the run was taken up, for what may pass."""
    row = queries.one(conn, "backfill_failures", backfill_id=name)
    return int(row["failed"]) if row else 0


def windows(conn: Connection, name: str) -> list[queries.Row]:
    """All windows of a backfill with what is known of them, in order."""
    return queries.every(conn, "backfill_windows", backfill_id=name)


def thin(conn: Connection, name: str, spans: Sequence[Span]) -> None:
    """Note windows that are there, and have far fewer rows than others of their kind."""
    queries.run(conn, "backfill_thin", backfill_id=name, sinces=[span[0] for span in spans])


def finish(conn: Connection, name: str) -> None:
    """Note that every window is proven."""
    queries.run(conn, "backfill_finish", backfill_id=name)


def _taken(row: queries.Row) -> Taken:
    first = row["state"] == "waiting"
    span = (row["since"], row["until"])
    return Taken(span, first, row["readings"], row["load_id"], row["checksum"], row["changed"])


def _lock(name: str, row: queries.Row) -> str:
    return f"etl:backfill:{name}:{row['since'].isoformat()}"
