"""PagerDuty against the sandbox: events by our own key, so that none counts twice."""

import pytest

from adapters import pagerduty
from kit import errors

EVENT = {"source": "opsflows.etl.etl_example", "severity": "critical"}


@pytest.fixture
def trigger(env, quick):
    return lambda key="k1", summary="down", **more: pagerduty.trigger(
        key, summary, settings=env, policy=quick, **{**EVENT, **more}
    )


def test_an_incident_opens_is_acknowledged_and_ends(trigger, sandbox, env, quick):
    assert trigger(details={"task": "load"}, links={"Execution": "https://kestra.example.com/x"}) == "k1"
    [incident] = sandbox.incidents()
    assert (incident["status"], incident["summary"], incident["severity"]) == ("triggered", "down", "critical")
    [event] = incident["events"]
    assert event["payload"]["custom_details"] == {"task": "load"}
    assert event["links"] == [{"href": "https://kestra.example.com/x", "text": "Execution"}]
    pagerduty.acknowledge("k1", settings=env, policy=quick)
    assert sandbox.incidents()[0]["status"] == "acknowledged"
    pagerduty.resolve("k1", settings=env, policy=quick)
    assert sandbox.incidents()[0]["status"] == "resolved"


def test_the_same_key_twice_is_one_incident_and_after_its_end_another(trigger, sandbox, env, quick):
    trigger()
    trigger()
    assert len(sandbox.incidents()) == 1
    pagerduty.resolve("k1", settings=env, policy=quick)
    trigger()
    assert [one["status"] for one in sandbox.incidents()] == ["resolved", "triggered"]


def test_an_end_of_nothing_does_nothing(sandbox, env, quick):
    pagerduty.resolve("never", settings=env, policy=quick)
    assert sandbox.incidents() == []


def test_an_event_without_an_answer_is_sent_again_and_counts_once(trigger, sandbox):
    sandbox.fault("pagerduty", "enqueue", "status", status=500, after_apply=True, calls=1)
    trigger()
    assert len(sandbox.incidents()) == 1


def test_a_wrong_routing_key_is_named(trigger, monkeypatch, capfd):
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY", "0123456789abcdef0123456789abcdef")
    with pytest.raises(errors.AuthenticationError) as raised:
        trigger()
    assert raised.value.code == "pagerduty_routing_key"
    assert "0123456789abcdef" not in str(raised.value) + "".join(capfd.readouterr())


def test_an_event_that_is_refused_says_why(trigger):
    with pytest.raises(errors.InvalidRequestError, match=r"payload\.severity"):
        trigger(severity="loud")


def test_without_a_key_nothing_is_sent(trigger, monkeypatch, sandbox):
    monkeypatch.delenv("PAGERDUTY_ROUTING_KEY")
    assert not pagerduty.is_configured()
    with pytest.raises(errors.ConfigurationError):
        trigger()
    assert sandbox.calls("pagerduty") == []


def test_what_is_too_long_is_cut(trigger, sandbox):
    trigger(key="k" * 400, summary="x" * 5000)
    [incident] = sandbox.incidents()
    assert len(incident["summary"]) == 1024
    assert len(incident["dedup_key"]) == 255
