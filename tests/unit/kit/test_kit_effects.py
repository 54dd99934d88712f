"""The effect ledger within one process: what is stored, called and looked up in each case."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest

from kit import db, effects
from kit.errors import DeadlineError, NotFoundError, RateLimitedError, UncertainError


class World:
    """The provider's side: what was done to it, and how the next call goes."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.done: list[dict] = []
        self.calls = self.finds = 0
        self.error: Exception | None = None
        self.visible = True

    def call(self) -> dict:
        self.calls += 1
        error, self.error = self.error, None
        if not isinstance(error, NotFoundError | RateLimitedError):
            self.done.append({"id": len(self.done) + 1})
        if error:
            raise error
        return self.done[-1]

    def find(self) -> dict | None:
        self.finds += 1
        return self.done[-1] if self.done and self.visible else None

    def perform(self, on_unknown="repeat", *, can_find=True, **options) -> effects.Effect:
        find = self.find if can_find else None
        return effects.perform(self.dsn, "k", "test", self.call, find, on_unknown, **{"settle_s": 0.05, **options})

    def row(self) -> dict:
        with db.connect(self.dsn) as conn:
            return db.fetch_one(conn, "select state, result, code, attempts from ops.effects")


@pytest.fixture
def world(dsn):
    return World(dsn)


def test_done_once_is_never_called_again(world):
    assert world.perform() == effects.Effect("k", "done", {"id": 1}, repeated=False)
    assert world.perform() == effects.Effect("k", "done", {"id": 1}, repeated=True)
    assert (world.calls, world.finds) == (1, 0)
    assert world.row() == {"state": "done", "result": {"id": 1}, "code": None, "attempts": 1}


@pytest.mark.parametrize("error", [NotFoundError("gone", code="gone"), RateLimitedError("slow", code="gone")])
def test_what_was_refused_or_not_processed_may_be_performed_later(world, error):
    world.error = error
    with pytest.raises(type(error)):
        world.perform()
    assert world.row() == {"state": "failed", "result": None, "code": "gone", "attempts": 1}
    assert world.perform("give_up").state == "done"
    assert (world.calls, len(world.done), world.row()["attempts"]) == (2, 1, 2)


def test_an_uncertain_call_that_can_be_found_is_done(world):
    world.error = UncertainError("timed out")
    assert world.perform() == effects.Effect("k", "done", {"id": 1}, repeated=False)
    assert len(world.done) == 1


def test_an_uncertain_call_that_shows_up_later_is_found_by_the_next_run(world):
    world.error, world.visible = UncertainError("timed out"), False
    with pytest.raises(UncertainError):
        world.perform()
    assert world.row()["state"] == "started"
    world.visible = True
    assert world.perform() == effects.Effect("k", "done", {"id": 1}, repeated=True)
    assert world.calls == 1


def test_a_call_that_left_no_trace_is_repeated_or_given_up_as_asked(world):
    def vanish() -> None:
        world.error = UncertainError("timed out")
        with pytest.raises(UncertainError):
            world.perform()

    world.visible = False
    vanish()
    assert world.perform("give_up") == effects.Effect("k", "unknown", {}, repeated=True)
    assert world.row()["state"] == "unknown"
    assert world.perform("repeat").state == "unknown"
    assert world.calls == 1
    world.visible = True
    assert world.perform("give_up") == effects.Effect("k", "done", {"id": 1}, repeated=True)


def test_a_repeat_is_a_second_call_only_after_looking(world):
    world.error, world.visible = UncertainError("timed out"), False
    with pytest.raises(UncertainError):
        world.perform()
    assert world.perform("repeat").result == {"id": 2}
    assert world.calls == 2
    assert world.finds >= 2  # on a slow machine the time to settle is over at the second run's first look


def test_without_a_way_to_find_an_uncertain_effect_is_given_up_at_once(world):
    world.error = UncertainError("timed out", code="late")
    assert world.perform("give_up", can_find=False) == effects.Effect("k", "unknown", {}, repeated=True)
    assert world.row() == {"state": "unknown", "result": None, "code": "late", "attempts": 1}
    assert world.perform("give_up", can_find=False).state == "unknown"
    assert world.calls == 1


def test_a_lost_call_is_given_time_to_show_before_it_is_repeated(world):
    """The request of a killed attempt may still be on its way."""
    world.error, world.visible = ValueError("killed"), False
    with pytest.raises(ValueError, match="killed"):
        world.perform()
    started = time.monotonic()
    threading.Timer(0.3, lambda: setattr(world, "visible", True)).start()
    assert world.perform(settle_s=0.6).result == {"id": 1}
    assert time.monotonic() - started > 0.3
    assert world.calls == 1


def test_trouble_while_looking_up_leaves_it_open(world):
    world.error = UncertainError("timed out")

    def find() -> dict | None:
        raise RateLimitedError("slow")

    for _ in range(2):
        with pytest.raises(RateLimitedError):
            effects.perform(world.dsn, "k", "test", world.call, find, "repeat", settle_s=0)
        assert world.row()["state"] == "started"
    assert world.calls == 1


def test_a_second_run_waits_for_the_first_and_gets_its_result(world):
    """As for the orphan of a killed attempt that still works."""
    inside, go_on = threading.Event(), threading.Event()
    results: list[effects.Effect] = []

    def slow() -> dict:
        inside.set()
        go_on.wait(10)
        return world.call()

    def orphan() -> None:
        results.append(effects.perform(world.dsn, "k", "test", slow, None, "give_up"))

    thread = threading.Thread(target=orphan)
    thread.start()
    inside.wait(10)
    with pytest.raises(DeadlineError):
        world.perform(wait_s=0.05)
    threading.Timer(0.2, go_on.set).start()
    assert world.perform("give_up", can_find=False).result == {"id": 1}
    thread.join()
    assert (world.calls, results[0].repeated) == (1, False)


def test_a_result_that_does_not_fit_is_complained_about_after_it_was_recorded(world):
    with pytest.raises(ValueError, match="at most"):
        effects.perform(world.dsn, "k", "test", lambda: {"x": "y" * 20_000}, None, "repeat")
    assert world.row()["state"] == "done"
    assert world.perform().repeated


def test_money_in_a_result_is_kept_as_text(dsn):
    assert effects.perform(dsn, "k", "t", lambda: {"total": Decimal("1.10")}, None, "repeat").result == {
        "total": "1.10"
    }


def test_a_recorded_effect_counts_as_done_and_its_state_can_be_asked(conn, world):
    assert effects.state(conn, "k") is None
    with db.transaction(conn):
        effects.record(conn, "k", "sheets.row", {"range": "A1"})
    assert effects.state(conn, "k") == ("done", None)
    assert world.perform() == effects.Effect("k", "done", {"range": "A1"}, repeated=True)


def test_a_connection_can_come_from_a_factory(dsn):
    effect = effects.perform(lambda: db.connect(dsn), "k", "test", lambda: {"n": 1}, None, "repeat")
    assert effect.state == "done"
