"""Kestra's KV store of the namespace `opsflows`: what people look at and steer by, such as breakers and switches.

It has no compare-and-set: what must be exact under races is in Postgres, and `update` lets one caller at a time read
and write a key. Every write adds a revision that Kestra keeps until it is purged. A value is whatever JSON can hold.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from kit import db, kestra, settings
from kit.errors import InvalidRequestError, InvalidResponseError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.db import Connection

NAMESPACE: Final = "opsflows"
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """A key as the listing shows it: times as Kestra writes them (ISO 8601, UTC), None when it never expires."""

    key: str
    updated_at: str | None
    expires_at: str | None


class Store:
    """The keys of one namespace.

    Args:
        client: Kestra's API; default: as the settings name it.
        namespace: where the keys are; it must have flows, or hold namespaces that have some.

    Raises:
        ConfigurationError: the settings name no server or user.
    """

    def __init__(self, client: kestra.Client | None = None, namespace: str = NAMESPACE) -> None:
        """Nothing is sent yet."""
        self._kestra = client or kestra.Client(settings.get())
        self._path = f"namespaces/{namespace}/kv"
        self._namespace = namespace

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key; the default when there is none, or it has expired.

        Raises:
            OpsflowsError: Kestra is away, or does not accept the user.
        """
        try:
            answer = self._kestra.api("GET", self._of(key)).json()
        except NotFoundError:  # 410 too: expired
            return default
        if not isinstance(answer, dict) or "value" not in answer:
            raise InvalidResponseError("Kestra's answer has no value.", provider=kestra.PROVIDER)
        return answer["value"]

    def set(self, key: str, value: Any, ttl_s: float | None = None) -> None:
        """Write a key; with `ttl_s` it is gone after so many seconds.

        Raises:
            OpsflowsError: Kestra is away, does not accept the user, or refuses the value.
        """
        headers = {"Content-Type": "text/plain"} | ({} if ttl_s is None else {"ttl": f"PT{max(ttl_s, 1):.0f}S"})
        # JSON is Ion, which Kestra reads; a text keeps its quotes.
        body = json.dumps(value, allow_nan=False).encode()
        self._kestra.api("PUT", self._of(key), data=body, headers=headers, expect_json=False)

    def delete(self, key: str) -> bool:
        """Delete a key and say whether there was one."""
        try:
            return self._kestra.api("DELETE", self._of(key)).json() is True
        except NotFoundError:
            return False

    def keys(self, prefix: str = "") -> list[Entry]:
        """The keys of the namespace that begin with `prefix`, sorted."""
        found: list[Entry] = []
        page = 1
        while True:
            params = {"page": page, "size": _PAGE, "filters[namespace][EQUALS]": self._namespace}
            answer = self._kestra.api("GET", "kv", params=params).json()
            rows = answer.get("results") if isinstance(answer, dict) else None
            if not isinstance(rows, list):
                raise InvalidResponseError("Kestra's answer lists no keys.", provider=kestra.PROVIDER)
            found += [_entry(row) for row in rows if row["key"].startswith(prefix)]
            if page * _PAGE >= int(answer.get("total") or 0):
                return sorted(found, key=lambda entry: entry.key)
            page += 1

    def update(self, conn: Connection, key: str, change: Callable[[Any], Any], ttl_s: float | None = None) -> Any:
        """Read a key (None when absent), write what `change` makes of it, and return that; one caller at a time.

        Args:
            conn: a connection; its advisory lock on the key keeps other callers of `update` out meanwhile.
            key: the key.
            change: new value by old value; None deletes the key.
            ttl_s: as for `set`.
        """
        with db.transaction(conn):
            db.lock_until_commit(conn, f"kv:{self._namespace}:{key}")
            value = change(self.get(key))
            if value is None:
                self.delete(key)
            else:
                self.set(key, value, ttl_s)
        return value

    def _of(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise InvalidRequestError(
                f"{key!r} is no key.", next_action="Letters, digits, '.', '_' and '-' only.", provider=kestra.PROVIDER
            )
        return f"{self._path}/{quote(key)}"


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(str(row["key"]), row.get("updateDate"), row.get("expirationDate"))
