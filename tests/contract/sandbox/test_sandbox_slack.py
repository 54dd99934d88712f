"""Slack: the webhook's plain text, the Web API's 200 with ok:false, and the limits of blocks."""

from __future__ import annotations

import pytest
import requests

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hola"}}


@pytest.fixture
def webhook(sandbox):
    return lambda body, path=sandbox.credentials.slack_webhook_path: requests.post(
        f"{sandbox.base_url}/slack{path}", json=body, timeout=5
    )


@pytest.fixture
def api(sandbox):
    def call(method="chat.postMessage", token=sandbox.credentials.slack_bot_token, **body):
        channel = {"channel": sandbox.credentials.slack_channel}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.post(f"{sandbox.base_url}/slack/api/{method}", json=channel | body, headers=headers, timeout=30)

    return call


def test_the_webhook_answers_ok_as_text(webhook, control):
    answer = webhook({"text": "Recibo", "blocks": [SECTION]})
    assert (answer.status_code, answer.text) == (200, "ok")
    assert (control.cards()[0]["via"], control.cards()[0]["blocks"]) == ("webhook", [SECTION])


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [({}, 400, "no_text"), ([1], 400, "invalid_payload"), ({"blocks": [{"type": "magic"}]}, 400, "invalid_blocks")],
)
def test_the_webhooks_errors_are_text(webhook, control, body, status, text):
    answer = webhook(body)
    assert (answer.status_code, answer.text) == (status, text)
    assert control.cards() == []


def test_a_wrong_webhook_path(webhook, sandbox):
    team = sandbox.credentials.slack_webhook_path.split("/")[2]
    assert webhook({"text": "x"}, f"/services/{team}/B0/wrong").text == "no_service"
    assert webhook({"text": "x"}, "/services/T0/B0/wrong").text == "no_team"


def test_the_secret_of_the_path_is_not_in_the_log(webhook, control, sandbox):
    webhook({"text": "x"})
    [call] = control.calls("slack", "webhook")
    assert sandbox.credentials.slack_webhook_path.rsplit("/", 1)[1] not in str(call)


def test_a_message_has_a_ts_and_can_be_updated(api, control):
    sent = api(text="uno").json()
    assert sent["ok"]
    assert api("chat.update", ts=sent["ts"], text="dos").json()["ts"] == sent["ts"]
    assert [(card["text"], card["edits"]) for card in control.cards()] == [("dos", 1)]
    assert api("chat.update", ts="1.1", text="tres").json()["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"channel": "C404", "text": "x"}, "channel_not_found"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [SECTION] * 51}, "invalid_blocks"),
        ({"text": "x", "token": "xoxb-wrong"}, "invalid_auth"),
        ({"text": "x", "token": None}, "not_authed"),
    ],
)
def test_the_api_says_no_with_http_200(api, control, changes, error):
    answer = api(**changes)
    assert (answer.status_code, answer.json()["ok"], answer.json()["error"]) == (200, False, error)
    assert control.cards() == []


@pytest.mark.parametrize(
    ("block", "good"),
    [
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}, True),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}, False),
        ({"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}, False),
        ({"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}, False),
        ({"type": "section"}, False),
        ({"type": "header", "text": {"type": "plain_text", "text": "x" * 150}}, True),
        ({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}, False),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, False),
        ({"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}, False),
        ({"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x"}}] * 25}, True),
        (
            {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x"}}] * 26},
            False,
        ),
        ({"type": "image", "image_url": "https://x/y.png"}, False),
        ({"type": "markdown", "text": "x" * 12_001}, False),
        ({"type": "divider", "block_id": "x" * 256}, False),
        ({"type": "section", "text": {"type": "mrkdwn", "text": ""}}, False),
    ],
)
def test_the_limits_of_blocks(api, block, good):
    assert api(text="x", blocks=[block]).json()["ok"] is good


def test_a_channel_takes_a_burst_and_then_one_a_second(api, control):
    control.configure(slack={"per_second": 1, "burst": 2})
    answers = [api(text="x") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "1"
    assert answers[2].json() == {"ok": False, "error": "ratelimited"}
    control.advance(1)
    assert api(text="x").status_code == 200


def test_errors_by_name_come_in_the_manner_of_the_route(api, webhook, control):
    control.fault("slack", "*", "error", code="channel_is_archived", calls=2)
    assert api(text="x").json() == {"ok": False, "error": "channel_is_archived"}
    assert (webhook({"text": "x"}).status_code, control.faults()[0]["struck"]) == (410, 2)
