"""tools.state shows and steers what processes share; every command speaks as a table and as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kit import breaker, claims, db, dead_letters, policies
from kit.errors import BreakerOpenError, UnavailableError
from tests.kit_support import conn, dsn, migrated
from tools.state import __main__ as state
from tools.state import show

__all__ = ["conn", "dsn", "migrated"]


@pytest.fixture(autouse=True)
def _here(dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    for name in ("OPSFLOWS_LOG_LEVEL", "OPSFLOWS_HTTP_ALLOW_PRIVATE"):
        monkeypatch.setenv(name, "")
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"OPSFLOWS_KESTRA_{name}", raising=False)


@pytest.fixture
def say(tmp_path, capsys):
    """Run a command as JSON, and return what it printed."""

    def run(*arguments: str, code: int = 0):
        assert state.main([*arguments, "--json", "--secrets-dir", str(tmp_path / "none")]) == code
        printed = capsys.readouterr()
        return json.loads(printed.out) if code == 0 else printed.err

    return run


@pytest.fixture
def text(tmp_path, capsys):
    def run(*arguments: str) -> str:
        assert state.main([*arguments, "--secrets-dir", str(tmp_path / "none")]) == 0
        return capsys.readouterr().out

    return run


def fail(provider: str, times: int) -> None:
    one = policies.breaker(provider)
    for _ in range(times):
        one.allow()
        one.record(UnavailableError("503"))


def put(conn, key: str) -> int:
    parts = {"kind": "lead", "reason": "refused", "error": "no\x1b[31m\nway", "execution_id": "e"}
    return dead_letters.put(conn, provider="hubspot", key=key, payload={"email": "ana@example.com"}, **parts)


def test_the_overview_names_every_provider_and_limit(say, text):
    found = say("list")
    assert [row["provider"] for row in found["breakers"]] == sorted(policies.table())
    assert {row["state"] for row in found["breakers"]} == {"closed"}
    assert {row["limit"] for row in found["limits"]} >= {"hubspot:calls", "hubspot:search", "google:read"}
    shown = text("list")
    assert [line for line in shown.splitlines() if line.isupper() and "  " not in line] == [
        "BREAKERS",
        "LIMITS",
        "CLAIMS",
        "DEAD LETTERS",
    ]


def test_a_breaker_in_trouble_shows_why_and_when_it_is_tried_again(say, text):
    fail("hubspot", 5)
    [row] = say("show", "hubspot")["breaker"]
    assert (row["state"], row["failures"], row["code"]) == ("open", 5, "unavailable")
    assert 20 < row["probe_in_s"] <= 30
    assert "unavailable" in text("show", "hubspot")


def test_a_probe_under_way_is_half_open(say, conn):
    fail("hubspot", 5)
    db.execute(conn, "update ops.breakers set probe_at = clock_timestamp()")
    policies.breaker("hubspot").allow()
    assert say("show", "hubspot")["breaker"][0]["state"] == "half-open"


def test_a_person_opens_closes_and_resets(say, text):
    assert say("open", "slack")[0]["state"] == "forced open"
    with pytest.raises(BreakerOpenError):
        policies.breaker("slack").allow()
    assert say("close", "slack")[0]["state"] == "forced closed"
    fail("slack", 9)
    assert say("reset", "slack")[0] | {"opened_at": None} == {
        "provider": "slack",
        "state": "closed",
        "failures": 0,
        "code": None,
        "probe_in_s": None,
        "opened_at": None,
    }
    assert "KV was not told" in text("open", "slack")


def test_a_part_of_a_provider_has_a_breaker_of_its_own(say, conn):
    say("open", "google.token")
    assert breaker.state_of(conn, "google.token")["forced"] == "open"
    assert "nobody" in say("open", "nobody", code=2)


def test_limits_show_what_is_left_and_when_it_is_back(say):
    policies.limiter("hubspot").acquire(cost=39)
    found = {row["limit"]: row for row in say("limits", "--provider", "hubspot")}
    calls = found["hubspot:calls"]
    assert (calls["allows"], calls["remaining"], calls["next_in_s"]) == ("100 in 10 s, 40 at once", 1, 0)
    assert 6 < calls["reset_in_s"] <= 6.5
    assert (found["hubspot:search"]["remaining"], found["hubspot:search"]["reset_in_s"]) == (1, 0)
    policies.limiter("hubspot").acquire(cost=10, deadline_s=60)
    assert next(row for row in say("limits") if row["limit"] == "hubspot:calls")["remaining"] == 0


def test_claims_tell_whose_lease_has_lapsed(say, conn):
    claims.claim(conn, "ticket:a", "one", 100)
    claims.claim(conn, "ticket:b", "two", -1)
    claims.claim(conn, "lead:c", "three", 100)
    assert [(row["key"], row["lapsed"]) for row in say("claims", "--prefix", "ticket:")] == [
        ("ticket:b", True),
        ("ticket:a", False),
    ]
    assert say("list")["claims"] == [{"state": "held", "claims": 3, "lapsed": 1}]


def test_letters_are_listed_without_payload_unless_asked_and_can_be_dropped(say, text, conn):
    first, second = put(conn, "a"), put(conn, "b")
    assert [row["key"] for row in say("letters", "--provider", "hubspot")] == ["a", "b"]
    assert "ana@example.com" not in json.dumps(say("letters"))
    assert say("letters", "--payload")[0]["payload"] == {"email": "ana@example.com"}
    shown = text("letters")
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 3
    assert say("drop", str(first)) == {"dropped": first}
    assert "No open letter" in say("drop", str(first), code=1)
    assert [row["id"] for row in say("letters")] == [second]
    assert [row["id"] for row in say("letters", "--state", "dropped")] == [first]
    assert say("list")["dead_letters"][0]["letters"] == 1


def test_without_kestra_its_keys_cannot_be_shown(say):
    assert "OPSFLOWS_KESTRA_URL" in say("kv", code=2)
    assert say("show", "hubspot")["kv"] == [{"kestra": "not configured"}]


def test_every_command_stands_in_the_docs():
    page = (Path(__file__).parents[3] / "docs/resilience.md").read_text()
    rows = re.findall(r"^\| `([a-z].*)\|", page.split("`python -m tools.state`")[1], re.MULTILINE)
    found = {name for row in rows for name in re.findall(r"`?([a-z]+)(?=[ `,])", row.split("|")[0])}
    assert found >= set(state.COMMANDS)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.25, "0.25 s"), (59.6, "60 s"), (150, "2 min"), (7300, "2 h"), (3 * 86400, "3 d")],
)
def test_durations_are_said_as_people_do(seconds, words):
    assert show.duration(seconds) == words
