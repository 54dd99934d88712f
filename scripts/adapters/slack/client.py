"""Posting to Slack, by a bot token (which can name the channel and update later) or by an incoming webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.slack.errors import PROVIDER, classify
from kit import http, policies, secrets
from kit.errors import ConfigurationError, UncertainError
from kit.notify import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.settings import Settings

WEBHOOK_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
# Slack's limits: blocks a message, and the text that notifications show.
MAX_BLOCKS = 50
MAX_TEXT = 3000
# The kind of the metadata that carry our id of a message.
EVENT_TYPE = "opsflows_message"


def post(
    blocks: Sequence[Mapping[str, Any]],
    text: str,
    *,
    settings: Settings,
    thread_ts: str | None = None,
    channel: str | None = None,
    mark: str | None = None,
    policy: http.RetryPolicy | None = None,
) -> dict[str, str]:
    """Posts a card.

    Args:
        blocks: Block Kit blocks, their data escaped already (`kit.notify` does); at most 50.
        text: plain text for notifications and for readers without blocks; escaped and cut here.
        settings: the channel and the base URL. The secrets SLACK_BOT_TOKEN, or else SLACK_WEBHOOK_URL, are read here.
        thread_ts: answers in the thread of that message; only with a bot token.
        channel: instead of the setting's; only with a bot token, since a webhook has one of its own.
        mark: our id of the message, by which `find` knows it; only with a bot token.
        policy: bounds of the tries and of the total time.

    Returns:
        `{"channel", "ts"}` of the message with a bot token; `{}` with a webhook, which tells neither.

    Raises:
        ConfigurationError: neither secret is set, or the token has no channel.
        UncertainError: sent, but whether it was posted is unknown. Never repeated here.
    """
    message: dict[str, Any] = {"text": escape(text[:MAX_TEXT]), "blocks": list(blocks)[:MAX_BLOCKS]}
    policy = policy or policies.retry(PROVIDER)
    if token := secrets.optional("SLACK_BOT_TOKEN"):
        message |= {"channel": channel or _channel(settings)} | ({"thread_ts": thread_ts} if thread_ts else {})
        if mark:
            message |= {"metadata": {"event_type": EVENT_TYPE, "event_payload": {"mark": mark}}}
        return call("chat.postMessage", message, token, settings, policy)
    if webhook := secrets.optional("SLACK_WEBHOOK_URL"):
        _by_webhook(message, webhook, settings, policy)
        return {}
    raise ConfigurationError(
        "Slack is not set up.",
        code="slack_missing",
        next_action="Set the secret SLACK_WEBHOOK_URL, or SLACK_BOT_TOKEN and OPSFLOWS_SLACK_CHANNEL.",
        provider=PROVIDER,
    )


def is_configured() -> bool:
    """Says whether a secret is there to post with."""
    return bool(secrets.optional("SLACK_BOT_TOKEN") or secrets.optional("SLACK_WEBHOOK_URL"))


def call(
    method: str,
    message: Mapping[str, Any],
    token: str,
    settings: Settings,
    policy: http.RetryPolicy,
    *,
    keyed: bool | None = None,
) -> dict[str, str]:
    """One write of the Web API; returns where the message is."""
    headers = {"Authorization": f"Bearer {token}"}
    client = _client(settings.slack_base_url, headers, (), policy)
    answer = client.request("POST", method, json=message, keyed=keyed).json()
    if not isinstance(answer, dict) or answer.get("ok") is not True:
        raise UncertainError("Slack's answer says neither ok nor an error.", code="invalid_response", provider=PROVIDER)
    return {"channel": str(answer.get("channel", "")), "ts": str(answer.get("ts", ""))}


def _by_webhook(message: Mapping[str, Any], url: str, settings: Settings, policy: http.RetryPolicy) -> None:
    # The base URL's host is allowed too: in the sandbox, webhooks live there.
    client = _client(settings.slack_base_url, {}, WEBHOOK_HOSTS, policy)
    response = client.request("POST", url, json=message, expect_json=False)
    if response.content.strip() != b"ok":
        raise UncertainError(
            "Slack's webhook answered something else than ok.",
            code="invalid_response",
            next_action="Look in the channel whether the message is there.",
            provider=PROVIDER,
        )


def _client(base: str, headers: Mapping[str, str], hosts: Sequence[str], policy: http.RetryPolicy) -> http.Client:
    return policies.client(PROVIDER, base, headers=headers, allow_hosts=hosts, policy=policy, classify=classify)


def _channel(settings: Settings) -> str:
    if not settings.slack_channel:
        raise ConfigurationError(
            "OPSFLOWS_SLACK_CHANNEL is not set.",
            next_action="Set it to the id of the channel (C…) that the bot posts in.",
            provider=PROVIDER,
        )
    return settings.slack_channel
