"""Postgres: does it answer, how full is it, does somebody hold it up, is the schema that of this release?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from kit import db, files, queries
from platform_tasks import migrate
from platform_tasks.health.model import Finding, graded

if TYPE_CHECKING:
    from kit.queries import Row

_health = queries.Queries("health")
_WAIT_S: Final = 8.0
_FULL: Final = (0.8, 0.95)  # of the connections that ordinary users may open
_OLD_S: Final = (1800.0, 7200.0)
_WRAP: Final = (1_000_000_000.0, 1_800_000_000.0)  # transactions; Postgres stops at 2^31
_LAG: Final = (256e6, 4e9)  # bytes that a replica is behind
_SKEW_S: Final = (5.0, 60.0)


def answers() -> Finding:
    """Whether it can be reached and written to."""
    found = _figures()
    if found["standby"]:
        return Finding("failed", "The server is a standby: nothing can be written.")
    return Finding("ok", f"The database answers; it has {found['bytes'] / 1e9:.2f} GB.", float(found["bytes"]))


def connections() -> Finding:
    """How many of the connections are taken: of all, or of those that our role may open, the fuller."""
    found = _figures()
    most = max(1, found["most"])
    shares = [(found["taken"] / most, f"{found['taken']} of {most} connections are taken.")]
    if found["own_most"]:
        text = f"{found['own']} of the {found['own_most']} connections of our role are taken."
        shares.append((found["own"] / found["own_most"], text))
    share, text = max(shares)
    return graded(share, *_FULL, text)


def transactions() -> Finding:
    """Whether a transaction has been open for so long that nothing behind it can be cleaned up."""
    found = _figures()
    return graded(found["oldest_s"], *_OLD_S, f"The oldest transaction is {found['oldest_s']:.0f} s old.")


def wraparound() -> Finding:
    """How near Postgres is to refusing writes because its transaction numbers run out."""
    found = _figures()
    return graded(found["wraparound"], *_WRAP, f"The oldest row is {found['wraparound']:,} transactions old.")


def replication() -> Finding | None:
    """How far the slowest replica is behind; None without one."""
    found = _figures()
    return graded(found["lag"], *_LAG, f"A replica is {found['lag'] / 1e6:.0f} MB behind.") if found["lag"] else None


def schema() -> Finding:
    """Whether the migrations of this release were applied."""
    newest = max(one.version for one in migrate.read(files.namespace_folder("sql/migrations")))
    with db.connect(connect_s=5, statement_s=_WAIT_S) as conn:
        applied = int((_health.one(conn, "migrations") or {})["version"])
    if applied < newest:
        return Finding("failed", f"The schema is at {applied:04}, this release needs {newest:04}: run schema_migrate.")
    return Finding("ok", f"The schema is at {applied:04}.", float(applied))


def clock() -> Finding:
    """How far the worker's clock and the database's are apart."""
    began = time.time()
    theirs = _figures()["now_s"]
    apart = max(0.0, abs(theirs - (began + time.time()) / 2) - (time.time() - began) / 2)
    return graded(apart, *_SKEW_S, f"The database's clock is {apart:.1f} s off ours.")


def _figures() -> Row:
    with db.connect(connect_s=5, statement_s=_WAIT_S) as conn:
        found = _health.one(conn, "database")
    assert found is not None, "an aggregate returns a row"  # noqa: S101 - what SQL promises
    return found
