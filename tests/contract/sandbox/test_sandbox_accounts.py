"""What the providers tell about a credential without anything being sent: the calls that the doctor makes."""

from __future__ import annotations

import pytest
import requests

APP_ID = "670843887433847"


@pytest.fixture
def get(sandbox):
    def call(path, token=sandbox.credentials.whatsapp_token, **params):
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{sandbox.base_url}/{path}", params=params, headers=headers, timeout=30)

    return call


def test_a_tokens_scopes_and_accounts(get, sandbox):
    data = get("whatsapp/v26.0/debug_token", input_token=sandbox.credentials.whatsapp_token).json()["data"]
    assert (data["is_valid"], data["type"], data["expires_at"]) == (True, "SYSTEM_USER", 0)
    assert {"whatsapp_business_messaging", "whatsapp_business_management"} <= set(data["scopes"])
    assert data["granular_scopes"][0]["target_ids"] == [sandbox.credentials.whatsapp_business_id]


def test_a_foreign_token_is_looked_at_and_found_invalid(get):
    assert get("whatsapp/v26.0/debug_token", input_token="EAAother").json()["data"]["is_valid"] is False


def test_an_invalid_token_may_not_look_at_itself(get):
    answer = get("whatsapp/v26.0/debug_token", token="EAAother", input_token="EAAother")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


def test_the_accounts_numbers_and_apps(get, sandbox):
    account = f"whatsapp/v26.0/{sandbox.credentials.whatsapp_business_id}"
    [number] = get(f"{account}/phone_numbers").json()["data"]
    assert (number["id"], number["status"]) == (sandbox.credentials.whatsapp_phone_number_id, "CONNECTED")
    [app] = get(f"{account}/subscribed_apps").json()["data"]
    assert app["whatsapp_business_api_data"]["id"] == APP_ID


def test_a_foreign_account_is_an_unknown_object(get):
    assert get("whatsapp/v26.0/1/phone_numbers").json()["error"]["error_subcode"] == 33


def test_subscriptions_need_the_apps_own_token(get, control, sandbox):
    control.target("https://hooks.example.com/hooks/whatsapp", sandbox.credentials.whatsapp_app_secret)
    path = f"whatsapp/v26.0/{APP_ID}/subscriptions"
    [found] = get(path, token=f"{APP_ID}|{sandbox.credentials.whatsapp_app_secret}").json()["data"]
    assert found["callback_url"] == "https://hooks.example.com/hooks/whatsapp"
    assert get(path, token=f"{APP_ID}|other").json()["error"]["message"] == "Invalid OAuth access token signature."
    assert get(path).status_code == 400


def test_one_model(get, sandbox):
    key = sandbox.credentials.openai_api_key
    assert get("openai/v1/models/gpt-6-luna", token=key).json()["object"] == "model"
    assert get("openai/v1/models/gpt-7", token=key).json()["error"]["code"] == "model_not_found"
    assert get("openai/v1/models/gpt-6-luna", token="sk-other").status_code == 401


def test_slack_tells_who_the_token_is_and_what_it_may_do(sandbox):
    headers = {"Authorization": f"Bearer {sandbox.credentials.slack_bot_token}"}
    answer = requests.post(f"{sandbox.base_url}/slack/api/auth.test", headers=headers, timeout=30)
    assert answer.json()["ok"] is True
    assert "chat:write" in answer.headers["x-oauth-scopes"]
    refused = requests.post(f"{sandbox.base_url}/slack/api/auth.test", timeout=30).json()
    assert refused == {"ok": False, "error": "not_authed"}


def test_slack_tells_whether_the_bot_is_in_a_channel(get, sandbox):
    token = sandbox.credentials.slack_bot_token
    found = get("slack/api/conversations.info", token=token, channel=sandbox.credentials.slack_channel).json()
    assert (found["channel"]["is_member"], found["channel"]["is_archived"]) == (True, False)
    unknown = get("slack/api/conversations.info", token=token, channel="C1").json()
    assert unknown["error"] == "channel_not_found"
