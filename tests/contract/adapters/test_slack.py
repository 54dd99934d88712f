"""Slack: the word of the answer decides, the webhook's URL is a secret, data cannot become markup."""

import json

import pytest

from adapters import slack
from kit import errors, notify

WORDS = {
    "invalid_token": errors.AuthenticationError,
    "no_service": errors.AuthenticationError,
    "action_prohibited": errors.PermissionDeniedError,
    "channel_not_found": errors.NotFoundError,
    "channel_is_archived": errors.NotFoundError,
    "no_text": errors.InvalidRequestError,
    "invalid_payload": errors.InvalidRequestError,
    "too_many_attachments": errors.InvalidRequestError,
}
API_WORDS = WORDS | {
    "invalid_auth": errors.AuthenticationError,
    "token_revoked": errors.AuthenticationError,
    "missing_scope": errors.PermissionDeniedError,
    "not_in_channel": errors.NotFoundError,
    "is_archived": errors.NotFoundError,
    "msg_too_long": errors.InvalidRequestError,
    "invalid_blocks": errors.InvalidRequestError,
    "a_word_of_next_year": errors.InvalidRequestError,
    "internal_error": errors.UncertainError,
}
BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "hola"}}]


@pytest.fixture
def post(env, quick):
    return lambda text="hola", **more: slack.post(BLOCKS, text, settings=env, policy=quick, **more)


@pytest.fixture
def webhook(monkeypatch, env):
    """Only the webhook is set up."""
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    return env


def test_a_bot_token_posts_to_the_channel_and_returns_where(post, sandbox, env):
    found = post()
    [card] = sandbox.cards()
    assert found == {"channel": env.slack_channel, "ts": card["ts"]}
    assert card["blocks"] == BLOCKS


def test_an_answer_in_a_thread(post, sandbox):
    first = post()
    post(thread_ts=first["ts"])
    assert sandbox.cards()[1]["thread_ts"] == first["ts"]


@pytest.mark.usefixtures("webhook")
def test_a_webhook_posts_and_returns_nothing(post, sandbox):
    assert post() == {}
    [card] = sandbox.cards()
    assert card["via"] == "webhook"


def test_markup_in_the_fallback_text_is_escaped_and_long_text_cut(post, sandbox):
    post("<!channel> & <https://evil.example|clic> " + "x" * 5000)
    text = sandbox.cards()[0]["text"]
    assert text.startswith("&lt;!channel&gt; &amp; &lt;https://evil.example|clic&gt;")
    assert len(text) < 3100


def test_no_more_blocks_than_slack_takes(env, quick, sandbox):
    slack.post(BLOCKS * 60, "hola", settings=env, policy=quick)
    assert len(sandbox.cards()[0]["blocks"]) == 50


@pytest.mark.parametrize(("word", "kind"), API_WORDS.items())
def test_the_word_of_the_web_api_decides_although_the_status_is_200(word, kind, post, sandbox):
    sandbox.fault("slack", "chat.postMessage", "error", code=word)
    with pytest.raises(errors.OpsflowsError) as raised:
        post()
    assert type(raised.value) is kind
    assert raised.value.code == f"slack_{word}"
    assert raised.value.next_action
    assert len(sandbox.calls("slack", "chat.postMessage")) == 1


def test_the_missing_scope_is_named(post, sandbox):
    sandbox.fault("slack", "chat.postMessage", "error", code="missing_scope")
    with pytest.raises(errors.PermissionDeniedError, match="chat:write"):
        post()


@pytest.mark.usefixtures("webhook")
@pytest.mark.parametrize("status", [400, 403, 404, 410])
@pytest.mark.parametrize(("word", "kind"), WORDS.items())
def test_the_word_of_a_webhook_decides_whatever_the_status(word, kind, status, post, sandbox):
    sandbox.fault("slack", "webhook", "status", status=status, body=word)
    with pytest.raises(errors.OpsflowsError) as raised:
        post()
    assert type(raised.value) is kind
    assert len(sandbox.calls("slack", "webhook")) == 1


@pytest.mark.parametrize("route", ["chat.postMessage", "webhook"])
def test_a_rate_limit_is_waited_for(route, post, sandbox, request):
    if route == "webhook":
        request.getfixturevalue("webhook")
    sandbox.fault("slack", route, "status", status=429, retry_after=0.2, calls=1)
    post()
    assert len(sandbox.cards()) == 1
    assert len(sandbox.calls("slack", route)) == 2


@pytest.mark.parametrize("route", ["chat.postMessage", "webhook"])
def test_a_post_without_an_answer_is_uncertain_and_posted_once(route, post, sandbox, request):
    if route == "webhook":
        request.getfixturevalue("webhook")
    sandbox.fault("slack", route, "status", status=500, after_apply=True)
    with pytest.raises(errors.UncertainError):
        post()
    assert len(sandbox.cards()) == 1


def test_neither_secret_is_a_configuration_error(post, monkeypatch):
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.delenv("SLACK_WEBHOOK_URL")
    assert not slack.is_configured()
    with pytest.raises(errors.ConfigurationError, match="SLACK_WEBHOOK_URL"):
        post()


def test_a_token_without_a_channel_is_a_configuration_error(env, quick):
    with pytest.raises(errors.ConfigurationError, match="OPSFLOWS_SLACK_CHANNEL"):
        slack.post(BLOCKS, "hola", settings=env.model_copy(update={"slack_channel": None}), policy=quick)


@pytest.mark.usefixtures("webhook")
@pytest.mark.parametrize("url", ["https://hooks.slack.com.evil.example/services/T1/B1/x", "http://169.254.169.254/x"])
def test_a_webhook_elsewhere_is_not_called(url, post, monkeypatch):
    monkeypatch.setenv("SLACK_WEBHOOK_URL", url)
    with pytest.raises(errors.UnsafeUrlError) as raised:
        post()
    assert "/services/" not in str(raised.value)


@pytest.mark.usefixtures("webhook")
@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 404, "body": "no_service"}])
def test_the_webhooks_url_is_in_no_error_and_no_log(fault, post, sandbox, secret, capfd):
    sandbox.fault("slack", "webhook", **fault)
    with pytest.raises(errors.OpsflowsError) as raised:
        post()
    private = secret["SLACK_WEBHOOK_URL"].rpartition("/")[2]
    seen = str(raised.value) + json.dumps(raised.value.details) + str(raised.value.__cause__)
    assert private not in "".join(capfd.readouterr())
    assert private not in str(raised.value) + json.dumps(raised.value.details), seen


def test_the_token_is_in_no_error(post, sandbox, secret):
    sandbox.fault("slack", "chat.postMessage", "status", status=418, body=secret["SLACK_BOT_TOKEN"])
    with pytest.raises(errors.OpsflowsError) as raised:
        post()
    assert secret["SLACK_BOT_TOKEN"] not in str(raised.value) + json.dumps(raised.value.details)


def test_data_in_a_card_of_the_kit_stays_data(env, quick, sandbox):
    slack.post([notify.section("<!channel> *x*")], "hola", settings=env, policy=quick)
    assert "<!channel>" not in json.dumps(sandbox.cards()[0]["blocks"])
