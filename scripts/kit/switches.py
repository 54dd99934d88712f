"""What Kestra's KV shows of the breakers, and how a person steers them there.

`cb.failures.<provider>`: failures in a row, gone when they are forgotten; written when they change, never read here.
`cb.open.<provider>`: true forces the breaker open, false forces it closed, absent leaves it to itself.

Without Kestra's address, user and password, or while Kestra is away, Postgres alone decides: the last word that was
read stays valid.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from kit import db, http, kestra, logging, settings
from kit.errors import OpsflowsError

if TYPE_CHECKING:
    from kit.db import Connection
    from kit.kv import Store

Forced = Literal["open", "closed"]
# What a call of a provider may be held up for by Kestra.
_POLICY: Final = http.RetryPolicy(attempts=1, total_s=2.0, connect_s=1.0, read_s=2.0)
_PAUSE_S: Final = 30.0
_WORDS: Final[dict[Any, Forced]] = {True: "open", False: "closed", "open": "open", "closed": "closed"}


@dataclass(frozen=True, slots=True)
class Word:
    """What the switch says; not `known` while Kestra cannot be asked, or when the value is none of ours."""

    known: bool
    forced: Forced | None = None


class Switches:
    """The keys of the breakers in Kestra's KV.

    Args:
        store: the KV store; default: as the settings name it.
    """

    def __init__(self, store: Store | None = None) -> None:
        """Nothing is sent yet."""
        self._given = store
        self._quiet_until = 0.0

    @property
    def configured(self) -> bool:
        """Whether there is a KV store that may be asked now; not for a while after it failed."""
        return time.monotonic() >= self._quiet_until and (self._given is not None or kestra.is_configured())

    def forced(self, provider: str) -> Word:
        """Read the switch of a provider; never raises."""
        try:
            value = self._store.get(f"cb.open.{provider}")
        except OpsflowsError as error:
            self._fell_silent(error)
            return Word(known=False)
        if value is None:
            return Word(known=True)
        if not isinstance(value, bool | str) or value not in _WORDS:
            logging.get(__name__).warning("switch.unknown_value", key=f"cb.open.{provider}")
            return Word(known=False)
        return Word(known=True, forced=_WORDS[value])

    def force(self, provider: str, forced: Forced | None) -> None:
        """Write the switch, or take it away.

        Raises:
            OpsflowsError: Kestra is away, or refuses.
        """
        if forced is None:
            self._store.delete(f"cb.open.{provider}")
        else:
            self._store.set(f"cb.open.{provider}", forced == "open")

    def publish(self, conn: Connection, provider: str, ttl_s: float) -> None:
        """Show the failures in a row as they are now; never raises for trouble with Kestra.

        Writers take turns and each reads the row in its turn, so that the last one shows the last state.
        """
        if not self.configured:
            return
        key = f"cb.failures.{provider}"
        try:
            with db.transaction(conn):
                db.lock_until_commit(conn, f"kv:{key}")
                row = db.fetch_one(conn, "select failures from ops.breakers where provider = %s", (provider,))
                if row and row["failures"]:
                    self._store.set(key, row["failures"], ttl_s)
                else:
                    self._store.delete(key)
        except OpsflowsError as error:
            self._fell_silent(error)

    @cached_property
    def _store(self) -> Store:
        from kit.kv import Store

        return self._given or Store(kestra.Client(settings.get(), _POLICY))

    def _fell_silent(self, error: OpsflowsError) -> None:
        self._quiet_until = time.monotonic() + _PAUSE_S
        logging.get(__name__).warning("switch.kestra_away", code=error.code)
