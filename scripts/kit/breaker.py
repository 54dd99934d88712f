"""Circuit breaker: a provider that failed several times in a row is left alone, but for one probe a cool-down.

* closed: calls go through; failures in a row are counted, a success ends the row, and an old row is forgotten.
* open: nothing is sent (`BreakerOpenError`, with the seconds until the next probe); it is not waited for here.
* half-open: the cool-down is over, and one caller of all processes may try. Its success closes, its failure doubles
  the cool-down; when it dies, the next probe comes a cool-down later.

Exact under races in Postgres (`ops.breakers`): one short read before a call, one statement after it. What people see
and steer by is in Kestra's KV, where it is configured (`kit.switches`). A provider's failure is one that says the
provider is in trouble, never its refusal: 4xx answers count as life. While Postgres is away calls go through.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from kit import db, logging
from kit.errors import (
    BreakerOpenError,
    ConfigurationError,
    ConnectError,
    DeadlineError,
    InvalidResponseError,
    OpsflowsError,
    RateLimitedError,
    UnavailableError,
    UncertainError,
    UnsafeUrlError,
)
from kit.lasting import Lasting
from kit.switches import Switches

if TYPE_CHECKING:
    from kit.db import Connection, Row

Meaning = Literal["alive", "failed", "unasked"]
_TROUBLE: Final = (UnavailableError, DeadlineError, ConnectError, UncertainError, InvalidResponseError)
_NOT_SENT: Final = (ConfigurationError, UnsafeUrlError, BreakerOpenError)
# An answer that is no answer, as a page of HTML; one of other codes is complete, and only not what we wanted.
_NO_ANSWER: Final = InvalidResponseError.default_code
_TOO_LARGE: Final = "response_too_large"
_CLIENT_ERRORS: Final = range(400, 500)


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a breaker opens, and for how long.

    Args:
        failures: in a row, that open it.
        reset_s: seconds without a failure after which the row is forgotten.
        cooldown_s: seconds from the opening to the first probe.
        max_cooldown_s: most seconds between probes; each that fails doubles them.
        switch_s: seconds between two looks at the switch in Kestra's KV, for all processes together.
    """

    failures: int = 5
    reset_s: float = 300.0
    cooldown_s: float = 30.0
    max_cooldown_s: float = 120.0
    switch_s: float = 15.0


class Breaker:
    """The breaker of one provider, as `kit.http.Client(breaker=…)` expects it; threads may share it.

    Args:
        provider: its id in namespace_files/config/limits.json.
        policy: when it opens, and for how long.
        lasting: the connections to use; default: own ones to OPSFLOWS_PG_DSN.
        switches: Kestra's KV; default: where the settings name it.
    """

    def __init__(
        self,
        provider: str,
        policy: BreakerPolicy | None = None,
        *,
        lasting: Lasting | None = None,
        switches: Switches | None = None,
    ) -> None:
        """Nothing is connected yet."""
        self.provider = provider
        self._policy = policy or BreakerPolicy()
        self._lasting = lasting or Lasting()
        self._switches = switches or Switches()
        self._call = threading.local()

    def allow(self) -> None:
        """Return when a call may be tried.

        Raises:
            BreakerOpenError: not now; `retry_after` says when to ask again.
        """
        self._call.probe = None
        row = self._lasting.attempt(self._look, "breaker")
        if row is None or row["forced"] == "closed" or (row["state"] == "closed" and row["forced"] is None):
            return
        if row["forced"] == "open":
            raise self._refusal(row, self._policy.switch_s, "A person switched it off.")
        if row["wait_s"] > 0 or not self._lasting.attempt(self._try_probe, "breaker"):
            raise self._refusal(row, row["wait_s"] or self._policy.cooldown_s, f"It failed with {row['code']}.")

    def record(self, error: OpsflowsError | None) -> None:
        """Take note of a call's outcome; never raises, since the call has been made."""
        probe, self._call.probe = getattr(self._call, "probe", None), None
        meaning = means(error)
        if meaning == "failed":
            self._lasting.attempt(lambda conn: self._failed(conn, error, probe), "breaker")
        elif meaning == "alive":
            self._lasting.attempt(lambda conn: self._worked(conn, probe), "breaker")
        elif probe:
            self._lasting.attempt(lambda conn: self._run(conn, "breaker_unasked", call=probe), "breaker")

    def _look(self, conn: Connection) -> Row | None:
        row = state_of(conn, self.provider, self._policy)
        if (row is None or row["stale"]) and self._switches.configured and self._my_turn_to_look(conn):
            found = self._switches.forced(self.provider)
            if found.known:
                self._run(conn, "breaker_force", forced=found.forced)
            return state_of(conn, self.provider, self._policy)
        return row

    def _my_turn_to_look(self, conn: Connection) -> bool:
        params = {"provider": self.provider, "switch_s": self._policy.switch_s}
        return db.fetch_one(conn, db.own_sql("breaker_look"), params) is not None

    def _try_probe(self, conn: Connection) -> bool:
        call = uuid.uuid4().hex
        won = self._run(conn, "breaker_probe", call=call)
        self._call.probe = call if won else None
        return won

    def _failed(self, conn: Connection, error: OpsflowsError | None, probe: str | None) -> None:
        policy = self._policy
        params = {
            "provider": self.provider,
            "call": probe,
            "code": error.code if error else "",
            "most": policy.failures,
            "reset_s": policy.reset_s,
            "cooldown_s": policy.cooldown_s,
            "max_cooldown_s": policy.max_cooldown_s,
        }
        row = db.fetch_one(conn, db.own_sql("breaker_failed"), params)
        if row is None:
            return  # it opened meanwhile
        if row["state"] == "open":
            facts = {"provider": self.provider, "code": params["code"], "cooldown_s": row["cooldown_s"]}
            logging.get(__name__).warning("breaker.probe_failed" if probe else "breaker.opened", **facts)
        self._switches.publish(conn, self.provider, policy.reset_s + (row["cooldown_s"] or 0.0))

    def _worked(self, conn: Connection, probe: str | None) -> None:
        if not self._run(conn, "breaker_worked", call=probe):
            return
        if probe:
            logging.get(__name__).info("breaker.closed", provider=self.provider)
        self._switches.publish(conn, self.provider, self._policy.reset_s)

    def _run(self, conn: Connection, statement: str, **params: Any) -> bool:
        return db.execute(conn, db.own_sql(statement), {"provider": self.provider, **params}) > 0

    def _refusal(self, row: Row, wait_s: float, why: str) -> BreakerOpenError:
        return BreakerOpenError(
            f"{self.provider} is not called: its circuit breaker is open. {why}",
            retry_after=wait_s,
            next_action="It is tried again by itself."
            if row["forced"] is None
            else f"`python -m tools.state reset {self.provider}` gives it free.",
            provider=self.provider,
        )


def means(error: OpsflowsError | None) -> Meaning:
    """Whether a call's outcome shows a provider that works, one in trouble, or nothing since it was not asked. Pure."""
    if isinstance(error, _NOT_SENT) or (isinstance(error, RateLimitedError) and "own_limit" in error.details):
        return "unasked"
    if not isinstance(error, _TROUBLE) or error.code == _TOO_LARGE:
        return "alive"
    if isinstance(error, InvalidResponseError) and error.code != _NO_ANSWER:
        return "alive"
    return "alive" if error.details.get("status") in _CLIENT_ERRORS else "failed"


def state_of(conn: Connection, provider: str, policy: BreakerPolicy | None = None) -> Row | None:
    """The row of a provider's breaker; None for one that was never in trouble."""
    params = {"provider": provider, "switch_s": (policy or BreakerPolicy()).switch_s}
    return db.fetch_one(conn, db.own_sql("breaker_read"), params)


def every(conn: Connection) -> list[Row]:
    """The rows of all breakers."""
    return db.fetch_all(conn, db.own_sql("breaker_list"))


def force(conn: Connection, provider: str, forced: Literal["open", "closed"] | None) -> None:
    """Force a breaker open or closed, or give it free again; in Kestra's KV too where that is configured.

    Raises:
        OpsflowsError: Kestra could not be told. It holds in Postgres, until Kestra's own word is read again.
    """
    db.execute(conn, db.own_sql("breaker_force"), {"provider": provider, "forced": forced})
    switches = Switches()
    if switches.configured:
        switches.force(provider, forced)


def reset(conn: Connection, provider: str) -> None:
    """Close it, forget its failures, and give it free.

    Raises:
        OpsflowsError: as `force`.
    """
    db.execute(conn, db.own_sql("breaker_reset"), {"provider": provider})
    force(conn, provider, None)
    Switches().publish(conn, provider, 1.0)
