"""Google Sheets, Slack and the model's server: what each tells, and what the doctor makes of it."""

import datetime as dt
import json

import pytest
from google.auth import _helpers

from tools.doctor.model import State


@pytest.fixture
def look(healthy):
    def by_name(provider):
        return {found.name: found for found in healthy(provider).findings}

    return by_name


# Google Sheets


def test_a_sheet_that_is_not_shared_names_the_account(look, sandbox, process):
    sandbox.share(process.credentials.google_spreadsheet_id, "none")
    found = look("google-sheets")["permission"]
    assert process.credentials.google_client_email in found.action


def test_a_sheet_that_may_only_be_read(look, sandbox, process):
    sandbox.share(process.credentials.google_spreadsheet_id, "reader")
    found = look("google-sheets")
    assert found["sheet"].state is State.OK
    assert found["right"].state is State.WRONG
    assert process.credentials.google_client_email in found["right"].action


def test_trying_the_right_to_edit_changes_nothing(look, sandbox):
    before = sandbox.state("google")
    assert look("google-sheets")["right"].state is State.OK
    assert sandbox.state("google") == before


def test_a_tab_that_is_there_and_one_that_is_made_later(look, sandbox, process, monkeypatch):
    sandbox.edit(process.credentials.google_spreadsheet_id, "Hoja 1", [])
    assert "is made" in look("google-sheets")["sheet"].text
    monkeypatch.setenv("OPSFLOWS_SHEET_NAME", "Hoja 1")
    assert "has the tab" in look("google-sheets")["sheet"].text


def test_an_unknown_sheet(look, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_SHEET_ID", "1AbC")
    assert "OPSFLOWS_SHEET_ID" in look("google-sheets")["not_found"].action


@pytest.mark.parametrize("raw", ["{", "[]", '{"type": "service_account"}', '{"installed": {}}'])
def test_a_key_that_is_none(look, monkeypatch, raw):
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", raw)
    assert look("google-sheets")["setting"].docs == "setup/google-sheets.md#key"


def test_a_key_whose_private_part_is_cut(look, monkeypatch, process):
    account = json.loads(process.secrets()["GOOGLE_SERVICE_ACCOUNT"])
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", json.dumps(account | {"private_key": account["private_key"][:500]}))
    assert look("google-sheets")["setting"].docs == "setup/google-sheets.md#key"


def test_a_key_that_was_revoked(look, monkeypatch, process):
    other = json.loads(process.secrets()["GOOGLE_SERVICE_ACCOUNT"]) | {"client_email": "gone@x.iam.gserviceaccount.com"}
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", json.dumps(other))
    assert look("google-sheets")["credential"].docs == "setup/google-sheets.md#key-refused"


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_is_wrong(look, monkeypatch, hours):
    real = _helpers.utcnow
    monkeypatch.setattr(_helpers, "utcnow", lambda: real() + dt.timedelta(hours=hours))
    found = look("google-sheets")["credential"]
    assert found.docs == "setup/google-sheets.md#clock"


def test_an_api_that_is_not_enabled(look, sandbox):
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}
    body = {"error": {"code": 403, "message": "disabled", "status": "PERMISSION_DENIED", "details": [detail]}}
    sandbox.fault("google", "spreadsheets.get", "status", status=403, body=json.dumps(body))
    assert look("google-sheets")["permission"].docs == "setup/google-sheets.md#api-disabled"


def test_a_sheet_without_an_account_and_an_account_without_a_sheet(look, monkeypatch):
    monkeypatch.delenv("OPSFLOWS_SHEET_ID")
    assert look("google-sheets")["sheet"].state is State.WRONG
    monkeypatch.delenv("GOOGLE_SERVICE_ACCOUNT")
    assert look("google-sheets")["key"].state is State.ABSENT


# Slack


@pytest.mark.parametrize("word", ["token_revoked", "account_inactive", "invalid_auth", "token_expired"])
def test_a_bot_token_that_is_refused(look, sandbox, word):
    sandbox.fault("slack", "auth.test", "error", code=word)
    found = look("slack")
    assert found["credential"].state is State.WRONG
    assert found["webhook"].state is State.OK


def channel(**about):
    return json.dumps({"ok": True, "channel": {"id": "C1", "name": "recibos", **about}})


@pytest.mark.parametrize(
    ("about", "state"),
    [
        ({"is_member": False}, State.WRONG),
        ({"is_member": True, "is_archived": True}, State.WRONG),
        ({"is_member": True}, State.OK),
    ],
)
def test_the_channel(look, sandbox, about, state):
    sandbox.fault("slack", "conversations.info", "status", status=200, body=channel(**about))
    found = look("slack")["channel"]
    assert found.state is state
    assert "#recibos" in found.text


def test_a_channel_that_the_bot_may_not_look_at_is_no_defect(look, sandbox):
    sandbox.fault("slack", "conversations.info", "error", code="missing_scope")
    assert look("slack")["permission"].state is State.ATTENTION


def test_a_channel_that_is_unknown_or_not_set(look, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_SLACK_CHANNEL", "C1")
    assert look("slack")["not_found"].state is State.WRONG
    monkeypatch.delenv("OPSFLOWS_SLACK_CHANNEL")
    assert look("slack")["channel"].docs == "setup/slack.md#channel"


@pytest.mark.parametrize("word", ["no_service", "no_team", "invalid_token", "channel_is_archived", "action_prohibited"])
def test_a_webhook_that_is_dead(look, sandbox, monkeypatch, word):
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    sandbox.fault("slack", "webhook", "error", code=word)
    [found] = look("slack").values()
    assert found.state is State.WRONG
    assert found.docs == "setup/slack.md#webhook-dead"


def test_a_webhook_of_another_host_gets_nothing(look, sandbox, monkeypatch):
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.example.com/services/T/B/x")
    assert look("slack")["address"].docs == "setup/slack.md#webhook-dead"
    assert sandbox.calls("slack", "webhook") == []


def test_nothing_is_posted(look, sandbox):
    look("slack")
    assert [call["status"] for call in sandbox.calls("slack", "webhook")] == [400]
    assert sandbox.cards() == []


def test_slack_is_optional(look, monkeypatch):
    for name in ("SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL"):
        monkeypatch.delenv(name)
    assert look("slack")["token"].state is State.ABSENT


# The model's server


def test_a_model_that_is_not_there_names_similar_ones(look, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_OPENAI_MODEL", "gpt-6-lune")
    found = look("openai")["model"]
    assert found.state is State.WRONG
    assert "gpt-6-luna" in found.text


def test_a_server_that_has_only_the_list(look, sandbox):
    sandbox.fault("openai", "models.get", "status", status=404, body='{"detail": "Not Found"}')
    assert look("openai")["model"].state is State.OK


@pytest.mark.parametrize("status", [401, 403])
def test_a_restricted_key_is_genuine(look, sandbox, status):
    text = "You have insufficient permissions for this operation. Missing scopes: api.model.read. Check your role."
    sandbox.fault("openai", "models.get", "status", status=status, body=json.dumps({"error": {"message": text}}))
    found = look("openai")["permission"]
    assert found.state is State.ATTENTION
    assert "api.model.read" in found.text


def test_a_used_up_credit(look, sandbox):
    sandbox.fault("openai", "models.get", "error", code="insufficient_quota")
    assert look("openai")["quota"].state is State.WRONG


def test_a_model_that_ends(look, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_OPENAI_MODEL", "gpt-4o-mini")
    assert look("openai")["model_end"].state is State.ATTENTION


@pytest.mark.parametrize(("name", "value"), [("OPENAI_API_KEY", ""), ("OPSFLOWS_EXTRACT_MODE", "ocr")])
def test_the_model_is_optional(look, sandbox, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert look("openai")["key"].state is State.ABSENT
    assert sandbox.calls("openai") == []


# HubSpot and ManyChat


def test_a_portal_before_its_set_up(look, sandbox):
    sandbox.reset("hubspot")
    found = look("hubspot")
    assert found["token"].state is State.OK
    assert found["properties"].state is State.ATTENTION
    assert "manychat_id" in found["properties"].text


def test_a_scope_that_is_missing(look, sandbox):
    scopes = ["crm.objects.contacts.read", "crm.schemas.contacts.read", "crm.schemas.contacts.write"]
    sandbox.configure(hubspot={"scopes": scopes})
    found = look("hubspot")["scopes"]
    assert found.state is State.WRONG
    assert "crm.objects.contacts.write" in found.text


def test_an_identity_that_is_not_unique(look, sandbox):
    look("hubspot")
    sandbox.reset("hubspot")
    sandbox.hubspot.define({"name": "manychat_id", "label": "x"})
    assert look("hubspot")["identity"].state is State.WRONG


def test_a_zone_a_day_and_a_version_that_want_attention(look, sandbox, monkeypatch):
    sandbox.configure(hubspot={"timezone": "America/Bogota", "daily": 3})
    monkeypatch.setenv("OPSFLOWS_HUBSPOT_API_VERSION", "v3")
    found = look("hubspot")
    assert {found[name].state for name in ("timezone", "version")} == {State.ATTENTION}


def test_the_calls_of_a_day_that_are_used_up(look, sandbox):
    sandbox.fault("hubspot", "*", "error", code="DAILY")
    assert look("hubspot")["quota"].docs == "setup/hubspot.md#limits"


def test_a_page_without_the_field(look, sandbox, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_MANYCHAT_CRM_FIELD", "hubspot_id")
    monkeypatch.setenv("OPSFLOWS_MANYCHAT_TAG", "synced")
    found = look("manychat")
    assert (found["field"].state, found["tag"].state) == (State.ATTENTION, State.OK)
    sandbox.manychat.names(hubspot_id="text")
    assert look("manychat")["field"].state is State.OK


@pytest.mark.parametrize("provider", ["hubspot", "manychat"])
def test_what_is_not_set_up_is_not_wrong(healthy, monkeypatch, provider):
    for name in ("HUBSPOT_TOKEN", "MANYCHAT_TOKEN", "OPSFLOWS_MANYCHAT_SECRET"):
        monkeypatch.delenv(name)
    assert healthy(provider).state is State.ABSENT
