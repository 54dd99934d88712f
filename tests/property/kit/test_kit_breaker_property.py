"""The breaker in Postgres against a model of it in a few lines, over any course of calls and pauses."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit import breaker, db
from kit.breaker import Breaker, BreakerPolicy
from kit.errors import BreakerOpenError, NotFoundError, UnavailableError
from kit.lasting import Lasting
from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]

POLICY = BreakerPolicy(failures=3, reset_s=1009, cooldown_s=309, max_cooldown_s=1009)
ENDS = {"works": None, "refuses": NotFoundError("404"), "fails": UnavailableError("503")}
PASS = """update ops.breakers set probe_at = probe_at - make_interval(secs => %(s)s),
failed_at = failed_at - make_interval(secs => %(s)s)"""


@dataclass
class Model:
    """What the breaker should be after what was done; the clock is the test's."""

    now: float = 0.0
    failures: int = 0
    failed_at: float = 0.0
    cooldown_s: float = 0.0
    probe_at: float | None = None

    def lets_through(self) -> bool:
        return self.probe_at is None or self.now >= self.probe_at

    def ends(self, how: str) -> None:
        if how != "fails":
            self.failures, self.probe_at = 0, None
        elif self.probe_at is not None:
            self._open(min(self.cooldown_s * 2, POLICY.max_cooldown_s))
        else:
            forgotten = self.now - self.failed_at > POLICY.reset_s
            self.failures, self.failed_at = 1 if forgotten else self.failures + 1, self.now
            if self.failures >= POLICY.failures:
                self._open(POLICY.cooldown_s)

    def _open(self, cooldown_s: float) -> None:
        self.cooldown_s, self.probe_at, self.failed_at = cooldown_s, self.now + cooldown_s, self.now


# Pauses never add up to a time at which something happens, but 8 s beside it: the database's clock runs on meanwhile.
STEPS = st.lists(st.sampled_from([*ENDS, "fails", "fails"]) | st.sampled_from([70, 250, 450, 750, 1300]), max_size=25)


@given(steps=STEPS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_course_of_calls_and_pauses_is_as_in_the_model(steps, conn, dsn):
    db.execute(conn, "delete from ops.breakers")
    model, one = Model(), Breaker("acme", POLICY, lasting=Lasting(lambda: db.connect(dsn)))
    for step in steps:
        if isinstance(step, int):
            model.now += step
            db.execute(conn, PASS, {"s": step})
        elif model.lets_through():
            one.allow()
            one.record(ENDS[step])
            model.ends(step)
        else:
            with pytest.raises(BreakerOpenError):
                one.allow()
        row = breaker.state_of(conn, "acme") or {"state": "closed", "failures": 0, "cooldown_s": None}
        assert row["state"] == ("closed" if model.probe_at is None else "open")
        assert row["failures"] == model.failures
        assert row["cooldown_s"] == (None if model.probe_at is None else model.cooldown_s)
