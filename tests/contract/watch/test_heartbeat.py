"""tools.watch: people are told without Kestra and Postgres, once; the heartbeat is pinged only while all is well."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kit import dates
from tests.kit_support import FaultServer, reply
from tools.watch import __main__ as command
from tools.watch import memory


def ended(ago: timedelta) -> bytes:
    """Kestra's answer: the collector's last good execution."""
    end = datetime.now(UTC) - ago
    row = {"state": {"current": "SUCCESS", "startDate": dates.to_iso(end), "endDate": dates.to_iso(end)}}
    return json.dumps({"results": [row], "total": 1}).encode()


def ended_ago(ago: timedelta):
    """The answer, reckoned from the moment of the request: a test may run long after this file was read."""

    def answer(connection):
        reply(200, ended(ago))(connection)

    return answer


GOOD = ended_ago(timedelta(seconds=30))
STALE = ended_ago(timedelta(minutes=9))
NEVER = reply(200, b'{"results": [], "total": 0}')
ODD = reply(200, b'{"results": [{"state": {"current": "SUCCESS"}}], "total": 1}')


@pytest.fixture
def kestra(sandbox, monkeypatch, no_waits, tmp_path):  # noqa: ARG001 - retries come at once
    """A Kestra that answers as scripted, a heartbeat's address, and channels in the sandbox; no Postgres."""
    with FaultServer() as kestra, FaultServer() as heart:
        heart.answers(reply(200, b"OK", "text/plain"))
        monkeypatch.setenv("OPSFLOWS_KESTRA_URL", kestra.url)
        monkeypatch.setenv("OPSFLOWS_KESTRA_USERNAME", "admin@opsflows.example")
        monkeypatch.setenv("OPSFLOWS_KESTRA_PASSWORD", "Sandbox-Kestra-77")
        monkeypatch.setenv("OPSFLOWS_HEARTBEAT_URL", f"{heart.url}/ping/4711-abcdef")
        allowed = f"{sandbox.base_url.removeprefix('http://')},{kestra.netloc},{heart.netloc}"
        monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", allowed)
        monkeypatch.chdir(tmp_path)
        kestra.heart = heart
        yield kestra


@pytest.fixture
def look(kestra, capsys):
    def run(behaviour, *arguments):
        kestra.answers(behaviour)
        code = command.main(["--secrets-dir", "none", *arguments])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


def cards(sandbox):
    """What was posted for whoever is on call."""
    return sandbox.cards(os.environ["OPSFLOWS_INCIDENTS_SLACK_CHANNEL"])


def test_all_is_well_and_the_heart_beats(look, kestra, sandbox):
    code, found = look(GOOD)
    assert (code, found["state"], found["beat"], found["change"]) == (0, "ok", "sent", None)
    assert [request.line.split()[1] for request in kestra.heart.requests] == ["/ping/4711-abcdef"]
    assert cards(sandbox) == []
    assert "4711-abcdef" not in str(found)


@pytest.mark.parametrize(
    ("behaviour", "state"),
    [(STALE, "stale"), (NEVER, "stale"), (reply(503), "away"), (reply(401), "away"), (ODD, "away")],
)
def test_the_second_bad_look_tells_people_once_and_the_next_good_one_that_it_is_over(
    look, kestra, sandbox, behaviour, state
):
    assert look(behaviour)[1]["told"] == {}
    code, found = look(behaviour)
    assert (code, found["state"], found["change"]) == (1, state, "fired")
    assert found["told"] == dict.fromkeys(("pagerduty", "slack", "email"), "sent")
    assert look(behaviour)[1]["change"] is None
    assert kestra.heart.requests == []
    [incident] = sandbox.incidents()
    assert (len(cards(sandbox)), len(sandbox.mails())) == (1, 1)
    assert look(GOOD)[1]["change"] == "resolved"
    [over] = sandbox.incidents()
    assert (incident["status"], over["status"]) == ("triggered", "resolved")
    assert len(kestra.heart.requests) == 1


def test_without_a_channel_for_incidents_the_alerts_one_is_told(look, sandbox, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_ALERTS_SLACK_CHANNEL", os.environ["OPSFLOWS_INCIDENTS_SLACK_CHANNEL"])
    monkeypatch.delenv("OPSFLOWS_INCIDENTS_SLACK_CHANNEL")
    look(STALE)
    look(STALE)
    assert len(sandbox.cards(os.environ["OPSFLOWS_ALERTS_SLACK_CHANNEL"])) == 1


def test_a_single_blip_is_no_news(look, sandbox):
    look(STALE)
    look(GOOD)
    look(STALE)
    assert cards(sandbox) == []


def test_what_reached_nobody_is_told_at_the_next_look(look, kestra, monkeypatch, sandbox):
    look(STALE)
    before = os.environ["OPSFLOWS_HTTP_ALLOW_PRIVATE"]
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", kestra.netloc)
    monkeypatch.delenv("OPSFLOWS_SMTP_HOST")
    code, found = look(STALE)
    assert (code, found["change"]) == (2, "fired")
    assert "sent" not in found["told"].values()
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", before)
    assert look(STALE)[1]["told"]["slack"] == "sent"
    assert len(cards(sandbox)) == 1


def test_a_channel_that_failed_is_told_later_and_the_others_not_twice(look, monkeypatch, sandbox):
    look(STALE)
    port = os.environ["OPSFLOWS_SMTP_PORT"]
    monkeypatch.setenv("OPSFLOWS_SMTP_PORT", "1")
    assert look(STALE)[1]["told"]["slack"] == "sent"
    assert [*look(STALE)[1]["told"]] == ["email"]
    monkeypatch.setenv("OPSFLOWS_SMTP_PORT", port)
    assert look(STALE)[1]["told"] == {"email": "sent"}
    assert look(STALE)[1]["told"] == {}
    assert (len(cards(sandbox)), len(sandbox.mails())) == (1, 1)
    monkeypatch.setenv("OPSFLOWS_SMTP_PORT", "1")
    look(GOOD)
    monkeypatch.setenv("OPSFLOWS_SMTP_PORT", port)
    assert look(GOOD)[1]["told"] == {"email": "sent"}
    assert (len(cards(sandbox)), len(sandbox.mails())) == (2, 2)


def test_a_rehearsal_tells_nobody_and_remembers_nothing(look, kestra, sandbox):
    for _ in range(3):
        assert look(STALE, "--dry-run")[1]["change"] is None
    assert look(GOOD, "--dry-run")[1]["beat"] is None
    assert (cards(sandbox), kestra.heart.requests) == ([], [])


def test_a_kestra_that_is_not_there(look, kestra):
    kestra.stop_listening()
    assert look(GOOD)[1]["state"] == "away"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"bad": "x"}'])
def test_a_broken_memory_is_none(tmp_path, text):
    (tmp_path / "watch.json").write_text(text)
    assert memory.load(tmp_path / "watch.json") == memory.Memory()


def test_it_is_told_again_after_a_while(tmp_path):
    told = memory.Memory(bad=5, since=0.0, told=100.0)
    assert memory.after(told, good=False, least=2, repeat_s=60, now=159)[1] is None
    later, change = memory.after(replace(told, missed=("email",)), good=False, least=2, repeat_s=60, now=160)
    assert (later.told, change) == (160, "again")
    memory.save(tmp_path / "deep" / "watch.json", later)
    assert memory.load(tmp_path / "deep" / "watch.json") == later
