"""Claims: who does a piece of work that must be done once.

The key is the provider's id of the event (never its body). A claim is won by one holder for a lease; the same holder
may take it up again (a retry), another one only after the lease ran out or it was released. Inside a transaction a
claim and the rows it guards commit together.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kit import db
from kit.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.db import Connection, Row

State = Literal["won", "held", "done"]


@dataclass(frozen=True, slots=True)
class Claim:
    """`won`: do the work. `held`: `holder` is at it. `done`: it was done, with `result`."""

    state: State
    holder: str
    result: dict[str, Any] | None = None


def claim(conn: Connection, key: str, holder: str, lease_s: float) -> Claim:
    """Claim `key` for `holder`; one statement, exact under races.

    Args:
        conn: a connection; the claim commits with its transaction.
        key: `<provider>:<kind>:<id>`.
        holder: who claims, the same in each retry (`Context.holder`).
        lease_s: seconds after which another may take over.
    """
    row = db.fetch_one(conn, db.own_sql("claim"), {"key": key, "holder": holder, "lease_s": float(lease_s)})
    if row is None:
        raise AssertionError("an upsert with RETURNING returns its row")
    state: State = "won" if row["won"] else "done" if row["state"] == "done" else "held"
    return Claim(state, row["holder"], row["result"])


def complete(conn: Connection, key: str, holder: str, result: Mapping[str, Any]) -> None:
    """Mark the work done with a small JSON result; doing so twice is harmless.

    Raises:
        ConflictError: the claim was taken over (code `claim_lost`).
    """
    params = {"key": key, "holder": holder, "result": json.dumps(dict(result))}
    _require_held(db.execute(conn, db.own_sql("claim_complete"), params), key)


def release(conn: Connection, key: str, holder: str) -> None:
    """Give the work back undone, for anyone to claim; nothing happens when it is no longer ours."""
    db.execute(conn, db.own_sql("claim_release"), {"key": key, "holder": holder})


def extend(conn: Connection, key: str, holder: str, lease_s: float) -> None:
    """Let the lease end `lease_s` seconds from now.

    Raises:
        ConflictError: the claim was taken over or completed (code `claim_lost`).
    """
    params = {"key": key, "holder": holder, "lease_s": float(lease_s)}
    _require_held(db.execute(conn, db.own_sql("claim_extend"), params), key)


def result(conn: Connection, key: str) -> dict[str, Any] | None:
    """The result of work that is done; None while it is not, or when nobody claimed it."""
    row = db.fetch_one(conn, db.own_sql("claim_result"), {"key": key})
    return row["result"] if row else None


def held(conn: Connection, prefix: str = "", most: int = 100) -> list[Row]:
    """Claims that are held, those whose lease ends first in front; `lapsed` ones may be taken over."""
    return db.fetch_all(conn, db.own_sql("claims_list"), {"prefix": prefix, "most": most})


def counts(conn: Connection) -> list[Row]:
    """How many claims are `held`, `done` and `free`, and how many of the held ones have lapsed."""
    return db.fetch_all(conn, db.own_sql("claims_count"))


def _require_held(rows: int, key: str) -> None:
    if not rows:
        raise ConflictError(
            f"The claim {key} is no longer ours.",
            code="claim_lost",
            next_action="Another run took over after the lease; nothing needs to be done.",
        )
