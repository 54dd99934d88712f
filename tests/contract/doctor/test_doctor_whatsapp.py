"""What Meta tells about token, number and webhook, and what the doctor makes of it."""

import json
import time

import pytest

from tests.contract.doctor.conftest import CALLBACK
from tools.doctor.model import State

DAY = 86_400
APP = "670843887433847"


@pytest.fixture
def look(healthy):
    def by_name(**more):
        return {found.name: found for found in healthy("whatsapp", **more).findings}

    return by_name


@pytest.fixture
def debug(sandbox, process):
    """Lets Meta say something else about the token."""
    account = process.credentials.whatsapp_business_id

    def say(**changes):
        data = {
            "app_id": APP,
            "type": "SYSTEM_USER",
            "application": "Recibos",
            "is_valid": True,
            "expires_at": 0,
            "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"],
            "granular_scopes": [{"scope": "whatsapp_business_management", "target_ids": [account]}],
        }
        body = json.dumps({"data": data | changes})
        sandbox.fault("whatsapp", "debug_token", "status", status=200, body=body)

    return say


@pytest.mark.parametrize(
    ("code", "subcode", "why"), [(190, 463, "expired"), (190, 467, "revoked"), (190, 460, "password")]
)
def test_why_a_token_is_refused(look, sandbox, code, subcode, why):
    body = {"error": {"message": "no", "type": "OAuthException", "code": code, "error_subcode": subcode}}
    sandbox.fault("whatsapp", "debug_token", "status", status=401, body=json.dumps(body))
    found = look()["token"]
    assert found.state is State.WRONG
    assert why in found.text


def test_a_token_that_is_no_longer_valid(look, debug):
    debug(is_valid=False)
    assert look()["token"].state is State.WRONG


@pytest.mark.parametrize(
    ("days", "state", "says"),
    [(-1, State.WRONG, "expired on"), (1, State.ATTENTION, "temporary"), (50, State.ATTENTION, "valid until")],
)
def test_how_long_a_token_lives(look, debug, days, state, says):
    debug(expires_at=int(time.time() + days * DAY))
    found = look()["token"]
    assert found.state is state
    assert says in found.text


def test_a_token_without_the_right_to_send(look, debug):
    debug(scopes=["whatsapp_business_management"])
    assert look()["permissions"].state is State.WRONG


def test_a_token_without_the_right_to_look_works_and_nothing_more_is_asked_of_the_account(look, debug, sandbox):
    debug(scopes=["whatsapp_business_messaging"])
    found = look()
    assert found["permissions"].state is State.ATTENTION
    assert "number" not in found
    assert sandbox.calls("whatsapp", "phone_numbers") == []


def test_a_token_of_all_accounts_names_none(look, debug):
    debug(granular_scopes=[{"scope": "whatsapp_business_management"}])
    assert look()["number"].state is State.ATTENTION


@pytest.mark.parametrize(
    ("number", "state"),
    [
        ({"status": "PENDING"}, State.WRONG),
        ({"status": "CONNECTED", "platform_type": "NOT_APPLICABLE"}, State.WRONG),
        ({"status": "CONNECTED", "quality_rating": "RED"}, State.ATTENTION),
        ({}, State.OK),
    ],
)
def test_the_number(look, sandbox, number, state):
    body = json.dumps({"data": [{"id": "1", "display_phone_number": "+34 910 00 00 00", **number}]})
    sandbox.fault("whatsapp", "phone_numbers", "status", status=200, body=body)
    assert look()["number"].state is state


def test_an_account_without_a_number(look, sandbox):
    sandbox.fault("whatsapp", "phone_numbers", "status", status=200, body='{"data": []}')
    assert look()["number"].state is State.WRONG


def test_an_account_that_is_hidden_from_the_token(look, debug):
    debug(granular_scopes=[{"scope": "whatsapp_business_management", "target_ids": ["1"]}])
    assert "Assign the WhatsApp account" in look()["not_found"].action


def test_an_account_that_posts_to_another_app(look, sandbox):
    sandbox.fault("whatsapp", "subscribed_apps", "status", status=200, body='{"data": []}')
    assert look()["subscription"].state is State.WRONG


def test_another_apps_secret(look, monkeypatch):
    monkeypatch.setenv("WHATSAPP_APP_SECRET", "0" * 32)
    assert look()["app_secret"].state is State.WRONG


def test_a_rotation_that_is_half_done(look, monkeypatch, process):
    monkeypatch.setenv("WHATSAPP_APP_SECRET", "0" * 32)
    monkeypatch.setenv("WHATSAPP_APP_SECRET_PREVIOUS", process.credentials.whatsapp_app_secret)
    assert look()["app_secret"].state is State.ATTENTION


def test_meta_being_away_says_nothing_about_the_app_secret(look, sandbox):
    sandbox.fault("whatsapp", "subscriptions", "status", status=503)
    found = look()
    assert "app_secret" not in found
    assert found["unavailable"].state is State.WRONG


def test_where_the_webhooks_go(look):
    assert look(public_url="https://hooks.example.com")["callback"].state is State.OK
    other = look(public_url="https://other.example.com")["callback"]
    assert other.state is State.WRONG
    assert CALLBACK in other.text


def test_an_app_without_a_webhook(look, sandbox):
    sandbox.fault("whatsapp", "subscriptions", "status", status=200, body='{"data": []}')
    assert look()["callback"].state is State.WRONG


def test_a_webhook_without_messages(look, sandbox):
    entry = {"object": "whatsapp_business_account", "callback_url": CALLBACK, "active": True, "fields": []}
    sandbox.fault("whatsapp", "subscriptions", "status", status=200, body=json.dumps({"data": [entry]}))
    assert "messages" in look()["callback"].text


def test_a_version_that_ends(look, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_WHATSAPP_API_VERSION", "v20.0")
    assert "v20.0" in look()["version"].text


@pytest.mark.parametrize(
    ("unset", "name", "state"),
    [
        ({"WHATSAPP_TOKEN", "WHATSAPP_APP_SECRET"}, "token", State.ABSENT),
        ({"WHATSAPP_TOKEN"}, "token", State.WRONG),
        ({"WHATSAPP_APP_SECRET"}, "app_secret", State.WRONG),
        ({"WHATSAPP_WEBHOOK_KEY"}, "webhook_key", State.WRONG),
    ],
)
def test_what_is_not_set(look, monkeypatch, unset, name, state):
    for variable in unset:
        monkeypatch.delenv(variable)
    assert look()[name].state is state
