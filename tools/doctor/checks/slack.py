"""Slack: who the bot token is and what it may do, whether the bot is in the channel, whether the webhook lives.

Nothing is posted. A webhook that lives refuses a message without a text (`no_text`); a dead one does not get that far.
Source: Slack, "auth.test", "conversations.info", "Improving error conditions for incoming webhooks".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.slack import errors as slack
from adapters.slack.client import WEBHOOK_HOSTS
from kit import http
from kit.errors import InvalidResponseError, OpsflowsError
from tools.doctor import trouble
from tools.doctor.model import Finding, absent, ok, wrong
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "slack"
TITLE = "Slack"
# What a living webhook says to a message without content.
_ALIVE: Final = frozenset({"no_text", "missing_text", "missing_text_or_fallback_or_attachments", "invalid_payload"})
_INVITE = "Invite the bot: open the channel in Slack and write /invite @ and the app's name."
_CHANNEL_PAGE = "setup/slack.md#not-in-the-channel"
_WEBHOOK_PAGE = "setup/slack.md#webhook-dead"
_NEW_TOKEN = "Install the app again and put the Bot User OAuth Token (xoxb-…) into secrets/SLACK_BOT_TOKEN."  # noqa: S105 - advice
_REVOKED = Advice("The token was revoked, or the app removed from the workspace.", _NEW_TOKEN, "setup/slack.md#revoked")
ADVICE: Mapping[str, Advice] = {
    "slack_token_revoked": _REVOKED,
    "slack_account_inactive": _REVOKED,
    "slack_token_expired": Advice(
        "The token has expired: token rotation is on for the app.",
        "Create an app without token rotation, or put a fresh token into secrets/SLACK_BOT_TOKEN every twelve hours.",
        "setup/slack.md#token-lifetimes",
    ),
    Trouble.AUTHENTICATION: Advice("Slack does not accept the token: {error}", _NEW_TOKEN, "setup/slack.md#revoked"),
    "slack_missing_scope": Advice(
        "The bot may not look at the channel: {error} It may post there all the same.",
        "Add the scope channels:read (public channel) or groups:read (private one) and install the app again.",
        "setup/slack.md#scope-missing",
        trouble.GENERAL[Trouble.LIMITED].state,
    ),
    Trouble.PERMISSION: Advice(
        "The token may not do this: {error}",
        "Ask the workspace's administrator to approve the app and its scopes.",
        "setup/slack.md#scope-missing",
    ),
    Trouble.MISSING: Advice(
        "Slack does not show the channel to the bot: {error}",
        f"Set OPSFLOWS_SLACK_CHANNEL to the channel's id (C…). {_INVITE}",
        _CHANNEL_PAGE,
    ),
}
_WEBHOOK_ADVICE: Mapping[str, Advice] = {
    Trouble.AUTHENTICATION: Advice(
        "The webhook is dead: {error}",
        "Create it again in the Slack app, Incoming Webhooks, and put its URL into secrets/SLACK_WEBHOOK_URL.",
        _WEBHOOK_PAGE,
    ),
    Trouble.MISSING: Advice(
        "The webhook's channel is gone or archived: {error}",
        "Create a webhook for another channel and put its URL into secrets/SLACK_WEBHOOK_URL.",
        _WEBHOOK_PAGE,
    ),
    Trouble.PERMISSION: Advice(
        "The workspace forbids the webhook to post: {error}",
        "Ask the workspace's administrator, or create a webhook for another channel.",
        _WEBHOOK_PAGE,
    ),
    Trouble.UNSAFE: Advice(
        "SLACK_WEBHOOK_URL is no address of Slack's: {error}",
        "Copy the whole URL from the Slack app, Incoming Webhooks: it begins with https://hooks.slack.com/services/.",
        _WEBHOOK_PAGE,
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Look at whichever of the two ways is set up; cards go by the token when both are."""
    token, webhook = where.secret("SLACK_BOT_TOKEN"), where.secret("SLACK_WEBHOOK_URL")
    if not token and not webhook:
        action = "To get cards, create a Slack app with a bot token or an incoming webhook."
        text = "Neither SLACK_BOT_TOKEN nor SLACK_WEBHOOK_URL is set: no cards are posted."
        yield absent("token", text, action, "setup/slack.md")
    if token:
        yield from _bot(where, token)
    if webhook:
        yield _webhook(where, webhook)


def _bot(where: Surroundings, token: str) -> Iterator[Finding]:
    try:
        answer = _client(where, token).request("POST", "auth.test", keyed=True)
        who = _object(answer)
        scopes = {scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
        yield ok("token", f"The token is that of {who.get('user')} in {who.get('team')}.")
        yield from _scope(scopes)
        yield from _channel(where, token, scopes)
    except OpsflowsError as error:
        yield trouble.finding(error, TITLE, ADVICE)


def _scope(scopes: set[str]) -> Iterator[Finding]:
    if scopes and "chat:write" not in scopes:
        text = "The bot may not post: its token lacks the scope chat:write."
        action = "Add chat:write in OAuth & Permissions, Bot Token Scopes, and install the app again."
        yield wrong("scopes", text, action, "setup/slack.md#scope-missing")


def _channel(where: Surroundings, token: str, scopes: set[str]) -> Iterator[Finding]:
    channel = where.settings.slack_channel
    if not channel:
        text = "A bot token is set, but OPSFLOWS_SLACK_CHANNEL is not: no card is posted."
        action = "Set it to the channel's id (C…), at the bottom of the channel's details in Slack."
        yield wrong("channel", text, action, "setup/slack.md#channel")
        return
    about = _object(_client(where, token).request("GET", "conversations.info", params={"channel": channel}))
    found = about.get("channel")
    if not isinstance(found, dict):
        raise InvalidResponseError("the answer names no channel.", provider=slack.PROVIDER)
    yield _membership(found, scopes)


def _membership(channel: Mapping[str, Any], scopes: set[str]) -> Finding:
    name = f"#{channel.get('name', channel.get('id'))}"
    if channel.get("is_archived"):
        action = "Unarchive it, or set OPSFLOWS_SLACK_CHANNEL to another channel."
        return wrong("channel", f"The channel {name} is archived.", action, _CHANNEL_PAGE)
    if channel.get("is_member"):
        return ok("channel", f"The bot is in {name}.")
    if "chat:write.public" in scopes and not channel.get("is_private"):
        return ok("channel", f"The bot is not in {name}, but may post to public channels.")
    return wrong("channel", f"The bot is not in {name}, so it cannot post there.", _INVITE, _CHANNEL_PAGE)


def _webhook(where: Surroundings, url: str) -> Finding:
    """A message without a text is refused by a webhook that lives."""
    try:
        _client(where).request("POST", url, json={"text": ""}, keyed=True, expect_json=False)
    except OpsflowsError as error:
        if error.details.get("slack_error") in _ALIVE:
            return ok("webhook", "The webhook lives; whether its channel does shows with the first card.")
        return trouble.finding(error, TITLE, {**ADVICE, **_WEBHOOK_ADVICE})
    text = "The webhook took a message without a text, which Slack refuses: something else answers there."
    return wrong("webhook", text, "Copy the URL again from the Slack app, Incoming Webhooks.", _WEBHOOK_PAGE)


def _client(where: Surroundings, token: str | None = None) -> http.Client:
    return http.Client(
        slack.PROVIDER,
        where.settings.slack_base_url,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        allow_hosts=() if token else WEBHOOK_HOSTS,
        policy=where.policy(),
        classify=slack.classify,
    )


def _object(answer: http.Response) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict) or found.get("ok") is not True:
        raise InvalidResponseError("the answer says neither ok nor an error.", provider=slack.PROVIDER)
    return found
