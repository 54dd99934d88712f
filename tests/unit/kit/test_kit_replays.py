"""Replays: each letter has its own fate, one that fails stops no other, and one replay works at a time."""

from __future__ import annotations

import pytest

from kit import db, dead_letters, replays
from kit.dead_letters import Wanted
from kit.errors import BreakerOpenError, ConfigurationError, ConflictError, InvalidRequestError
from kit.task import Context
from platform_tasks import dlq_replay

CTX = Context(execution_id="again")
done: list[str] = []


def good(letter, ctx):
    assert ctx is CTX
    done.append(letter.key)


def refuses(letter, _ctx):
    raise InvalidRequestError(f"no {letter.key} of ana@example.com", code="still_refused")


def away(letter, _ctx):
    done.append(letter.key)
    raise BreakerOpenError("open", retry_after=30)


def crashes(_letter, _ctx):
    raise KeyError("a bug")


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    done.clear()
    kinds = {"good": good, "refuses": refuses, "away": away, "crashes": crashes}
    listed = {kind: f"{__name__}:{function.__name__}" for kind, function in kinds.items()}
    monkeypatch.setattr(replays, "registry", lambda: {**listed, "gone": f"{__name__}:nothing"})


def put(conn, *kinds: str, provider: str = "hubspot") -> None:
    for number, kind in enumerate(kinds):
        parts = {"kind": kind, "key": f"{provider} {kind}{number}", "reason": "refused", "execution_id": "first"}
        dead_letters.put(conn, provider=provider, error="", payload={"n": number}, **parts)


def fates(conn, wanted: Wanted | None = None, *, dry_run: bool = False) -> list[tuple[str, str, str]]:
    report = replays.replay(conn, wanted or Wanted(), CTX, dry_run=dry_run)
    return [(line.letter.kind, line.fate, line.code) for line in report.lines]


def test_every_letter_has_its_fate_and_a_crash_stops_no_other(conn):
    put(conn, "crashes", "refuses", "unheard_of", "gone", "good")
    assert fates(conn) == [
        ("crashes", "failed", "internal"),
        ("refuses", "failed", "still_refused"),
        ("unheard_of", "no_replayer", ""),
        ("gone", "failed", "configuration"),
        ("good", "replayed", ""),
    ]
    left = {letter.kind: letter for letter in dead_letters.find(conn)}
    assert set(left) == {"crashes", "refuses", "unheard_of", "gone"}
    assert (left["refuses"].reason, left["refuses"].attempts, left["refuses"].execution_id) == (
        "still_refused",
        2,
        "again",
    )
    assert "ana@example.com" not in left["refuses"].error
    assert (left["unheard_of"].reason, left["unheard_of"].attempts) == ("refused", 1)


def test_letters_of_a_provider_that_is_away_wait_and_those_of_others_do_not(conn):
    put(conn, "away", "good")
    put(conn, "good", "good", provider="slack")
    assert [fate for _, fate, _ in fates(conn)] == ["failed", "waits", "replayed", "replayed"]
    assert done == ["hubspot away0", "slack good0", "slack good1"]


def test_a_rehearsal_calls_nobody_and_changes_nothing(conn):
    put(conn, "good", "unheard_of")
    before = dead_letters.find(conn)
    assert fates(conn, dry_run=True) == [("good", "planned", ""), ("unheard_of", "no_replayer", "")]
    assert done == []
    assert dead_letters.find(conn) == before


def test_a_second_replay_of_the_same_letters_finds_none(conn):
    put(conn, "good", "good")
    assert len(fates(conn)) == 2
    assert fates(conn) == []


def test_a_replay_while_another_works_is_refused(conn, dsn):
    put(conn, "good")
    with db.connect(dsn) as other, db.advisory_lock(other, replays.LOCK), pytest.raises(ConflictError) as raised:
        fates(conn)
    assert raised.value.code == "replay_running"
    assert len(fates(conn)) == 1


def test_the_task_reports_without_payloads(conn, dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    put(conn, "good", "refuses")
    outputs = dlq_replay.run(dlq_replay.Inputs(provider="hubspot", dry_run=False), CTX)
    assert outputs["counts"] == {"replayed": 1, "failed": 1}
    assert [letter["fate"] for letter in outputs["letters"]] == ["replayed", "failed"]
    assert "payload" not in str(outputs)


def test_the_projects_own_list_names_functions_that_exist(monkeypatch):
    monkeypatch.undo()
    for named in replays.registry().values():
        assert callable(replays.replayer(named))


@pytest.mark.parametrize("named", ["no.such.module:f", "kit.text:no_such_function", "kit.text"])
def test_a_replayer_that_is_not_there_is_a_wrong_configuration(named):
    with pytest.raises(ConfigurationError):
        replays.replayer(named)
