"""The breaker of a source, cheap as long as nothing is wrong: then it costs one read, and nothing is imported for it.

A source that failed several times in a row is left alone (`kit.breaker`), and a person can switch it off or keep it on
by `cb.open.etl.<source>` in Kestra's KV, which the flow hands over.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from kit import db
from kit.errors import BreakerOpenError, OpsflowsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.breaker import Breaker
    from kit.db import Connection

_PROVIDER: Final = "etl"


@contextmanager
def guarded(conn: Connection, source: str, switch: str = "") -> Iterator[None]:
    """Read a source inside, unless its breaker is open; its failure or success is taken note of.

    Args:
        conn: to the business database.
        source: its name.
        switch: what people say: `true` leaves it alone, `false` reads it whatever happened, blank decides nothing.

    Raises:
        BreakerOpenError: not now; the message says why, `retry_after` when it is tried again.
    """
    name = f"{_PROVIDER}.{source}"
    if switch == "true":
        raise BreakerOpenError(
            f"{name} is not read: a person switched it off.",
            next_action=f"Delete cb.open.{name} in Kestra's KV store, namespace opsflows.",
            provider=name,
        )
    row = db.fetch_one(conn, db.own_sql("breaker_read"), {"provider": name, "switch_s": 0})
    quiet = row is None or (row["state"] == "closed" and not row["failures"] and row["forced"] is None)
    breaker = None if quiet else _breaker(source)
    if breaker and switch != "false":
        breaker.allow()
    try:
        yield
    except OpsflowsError as error:
        (breaker or _breaker(source)).record(error)
        raise
    if breaker:
        breaker.record(None)


def _breaker(source: str) -> Breaker:
    from kit import policies
    from kit.breaker import Breaker

    return Breaker(f"{_PROVIDER}.{source}", policies.breaker_policy(_PROVIDER))
