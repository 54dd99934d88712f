"""PagerDuty and the mail server: what each tells, and what the doctor makes of it."""

import pytest

from tools.doctor.model import State


@pytest.fixture
def look(healthy):
    def by_name(provider):
        return {found.name: found for found in healthy(provider).findings}

    return by_name


def test_a_routing_key_that_is_taken_opens_nothing(look, sandbox):
    assert look("pagerduty")["routing_key"].state is State.OK
    assert sandbox.incidents() == []


def test_a_wrong_routing_key(look, monkeypatch):
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY", "0" * 32)
    [found] = look("pagerduty").values()
    assert (found.state, found.docs) == (State.WRONG, "setup/pagerduty.md#routing-key")


def test_a_mail_server_that_takes_us_gets_no_mail(look, sandbox):
    assert look("email")["server"].state is State.OK
    assert sandbox.mails() == []


def test_nobody_to_write_to(look, monkeypatch):
    monkeypatch.delenv("OPSFLOWS_ALERTS_EMAIL_TO")
    assert look("email")["addresses"].state is State.WRONG


@pytest.mark.parametrize(
    ("provider", "without", "name"),
    [("pagerduty", "PAGERDUTY_ROUTING_KEY", "routing_key"), ("email", "OPSFLOWS_SMTP_HOST", "server")],
)
def test_what_is_not_set_up_is_told(look, monkeypatch, provider, without, name):
    monkeypatch.delenv(without)
    assert look(provider)[name].state is State.ABSENT
