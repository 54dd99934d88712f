"""What the state is, as rows of plain values; times are ISO 8601 in UTC, durations seconds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from kit import breaker, claims, dead_letters, kestra, policies
from kit.errors import OpsflowsError
from kit.kv import Store

if TYPE_CHECKING:
    from kit.db import Connection, Row
    from kit.dead_letters import Wanted

Rows = list[dict[str, Any]]


def breakers(conn: Connection) -> Rows:
    """Every provider's breaker, also those that were never in trouble."""
    found = {row["provider"]: row for row in breaker.every(conn)}
    names = sorted({*policies.table(), *found})
    return [_breaker(name, found.get(name)) for name in names]


def limits(conn: Connection, provider: str | None = None) -> Rows:
    """Every limit of the table: what it allows, what is left of it now, and when all of it is there again."""
    return [
        {
            "limit": policies.key(name, part),
            "allows": f"{limit.calls} in {limit.window_s:g} s, {limit.burst} at once",
            "remaining": (standing := policies.limit(name, part).standing(conn)).remaining,
            "next_in_s": round(standing.next_s, 2),
            "reset_in_s": round(standing.reset_s, 2),
        }
        for name, policy in sorted(policies.table().items())
        if provider in (None, name)
        for part, limit in policy.limits.items()
    ]


def held_claims(conn: Connection, prefix: str, most: int) -> Rows:
    """Claims that are held, and whether their lease has lapsed."""
    names = ("key", "holder", "attempts", "refused", "left_s", "lapsed", "created_at")
    return [_plain({name: row[name] for name in names}) for row in claims.held(conn, prefix, most)]


def claim_counts(conn: Connection) -> Rows:
    """How many claims there are in each state."""
    return [_plain(row) for row in claims.counts(conn)]


def letters(conn: Connection, wanted: Wanted, *, payload: bool) -> Rows:
    """Dead letters; with their payloads, which may be personal data, only when asked for."""
    return [dict(dead_letters.as_json(letter, payload=payload)) for letter in dead_letters.find(conn, wanted)]


def letter_counts(conn: Connection, provider: str | None = None) -> Rows:
    """How many open letters there are, by provider, kind and reason."""
    return [_plain(row) for row in dead_letters.open_counts(conn, provider)]


def kv(prefix: str = "") -> Rows:
    """The keys of Kestra's KV store with their values.

    Raises:
        OpsflowsError: Kestra is not configured, or away.
    """
    store = Store()
    return [
        {"key": entry.key, "value": store.get(entry.key), "updated_at": entry.updated_at, "expires": entry.expires_at}
        for entry in store.keys(prefix)
    ]


def switch(provider: str) -> dict[str, Any]:
    """What Kestra's KV says of a breaker; `kestra` tells why when it says nothing."""
    if not kestra.is_configured():
        return {"kestra": "not configured"}
    try:
        store = Store()
        keys = (f"cb.open.{provider}", f"cb.failures.{provider}")
        return {"kestra": "ok", **{key: store.get(key) for key in keys}}
    except OpsflowsError as error:
        return {"kestra": error.code}


def _breaker(name: str, row: Row | None) -> dict[str, Any]:
    if row is None:
        return {"provider": name, "state": "closed", "failures": 0, "code": None, "probe_in_s": None, "opened_at": None}
    opened = row["state"] == "open"
    return _plain(
        {
            "provider": name,
            "state": _word(row),
            "failures": row["failures"],
            "code": row["code"],
            "probe_in_s": row["wait_s"] if opened and not row["forced"] else None,
            "opened_at": row["opened_at"],
        }
    )


def _word(row: Row) -> str:
    if row["forced"]:
        return f"forced {row['forced']}"
    if row["state"] == "open" and row["probing"]:
        return "half-open"
    return str(row["state"])


def _plain(row: Row) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return round(value, 2) if isinstance(value, float) else value
