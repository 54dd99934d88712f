"""What each channel is, and how it is told: Slack by messages that are kept up to date, mails, incidents."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kit import logging, policies, secrets, settings
from kit.errors import ConfigurationError, OpsflowsError, PermissionDeniedError, UncertainError
from platform_tasks.alerts import view

if TYPE_CHECKING:
    from kit.settings import Settings
    from platform_tasks.alerts.queries import Row

# The code of an UncertainError that stays one.
NO_LOOKUP: Final = "no_lookup"
SECRETS: Final = (
    "SLACK_BOT_TOKEN",
    "SLACK_WEBHOOK_URL",
    "SMTP_PASSWORD",
    "PAGERDUTY_ROUTING_KEY",
    "OPSFLOWS_CONSOLE_KEY",
)
SLACK: Final = frozenset({"data_alerts", "incidents", "test"})
_POSTS: Final = ("fired", "again", "escalated")
_SLACK_MARGIN_S: Final = 60  # clocks differ
_PAGE_S: Final = 10.0  # for a page of a channel's history, so that a look-up of five ends before the claim does


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell: the alert as it stands, the delivery, and the message that the channel has already."""

    alert: Row
    delivery: Row
    message: Row

    @property
    def posts(self) -> bool:
        """Whether it makes a message of its own, rather than changing one."""
        return self.delivery["change"] in _POSTS


@dataclass(frozen=True, slots=True)
class Told:
    """What was told: the provider's id of the message, and what of the alert it shows."""

    reference: str | None
    shown: str


def tell(what: Telling) -> Told | None:
    """Tell a channel; None when there is nothing to tell it.

    Raises:
        UncertainError: it may have been told; with the code `no_lookup` nobody can find out.
        OpsflowsError: it was not told.
    """
    config = settings.get()
    if what.delivery["channel"] in SLACK:
        return _slack(what, config)
    return (_pagerduty if what.delivery["channel"] == "pagerduty" else _mail)(what, config)


def hide_secrets() -> None:
    """Let no text that is told hold a secret of ours: those of the channels are hidden from now on."""
    for name in SECRETS:
        with suppress(OpsflowsError):
            secrets.optional(name)


def place(channel: str) -> str:
    """Where people read a channel; two of Slack's may be one, as with a webhook or without a channel of incidents."""
    if channel not in SLACK:
        return channel
    from adapters import slack

    return f"slack {slack_id(channel, settings.get()) if slack.can_update() else 'webhook'}"


def can_look_up(delivery: Row) -> bool:
    """Whether a delivery in doubt can be found by our id, or repeated without harm."""
    return bool(delivery["channel"] != "email")


def _slack(what: Telling, config: Settings) -> Told | None:
    from adapters import slack

    blocks, text, shown = view.blocks(what.alert, what.delivery), view.headline(what.alert), view.shown(what.alert)
    if not what.posts:
        if not what.message.get("posts") or what.message.get("shown") == shown:
            return None
        # A raised alert may have two messages in a channel, and neither may go on saying what is no longer so.
        for post in what.message["posts"]:
            channel, _, ts = post.partition(":")
            if not ts or not slack.can_update():
                return _slack_note(what, config, shown)
            slack.update(channel, ts, blocks, text, settings=config)
        return Told(None, shown)
    if what.delivery["doubtful"] and (found := _find_in_slack(what, config)):
        return Told(found, shown)
    channel = _channel(what.delivery["channel"], config)
    posted = slack.post(blocks, text, settings=config, channel=channel, mark=what.delivery["mark"])
    return Told(f"{posted['channel']}:{posted['ts']}" if posted else "webhook", shown)


def _slack_note(what: Telling, config: Settings, shown: str) -> Told | None:
    """A webhook cannot change what it posted: the end is worth a message of its own, the rest is not."""
    from adapters import slack

    if what.delivery["change"] != "resolved" or what.delivery["doubtful"]:
        return None
    slack.post(view.blocks(what.alert, what.delivery), view.headline(what.alert), settings=config)
    return Told(None, shown)


def _find_in_slack(what: Telling, config: Settings) -> str | None:
    from adapters import slack

    if not slack.can_update():
        raise UncertainError("A webhook cannot look a message up.", code=NO_LOOKUP, provider="slack")
    since = what.delivery["created_at"].timestamp() - _SLACK_MARGIN_S
    channel, policy = _channel(what.delivery["channel"], config), policies.retry("slack", total_s=_PAGE_S)
    try:
        found = slack.find(channel, what.delivery["mark"], since, settings=config, policy=policy)
    except PermissionDeniedError as error:
        raise UncertainError(
            "The bot may not read the channel, so a message in doubt is not posted again.",
            code=NO_LOOKUP,
            next_action="Give the Slack app the scope channels:history (or groups:history).",
            provider="slack",
        ) from error
    return f"{found['channel']}:{found['ts']}" if found else None


def slack_id(channel: str, config: Settings) -> str | None:
    """The id of a channel in Slack by our name of it; None when none is set up."""
    by_name = {
        "data_alerts": config.data_alerts_channel,
        "incidents": config.incidents_channel,
        "test": config.alerts_test_channel,
    }
    return by_name[channel]


def _channel(name: str, config: Settings) -> str:
    from adapters import slack

    channel = slack_id(name, config)
    if slack.can_update() and channel:
        return channel
    # A webhook has a channel of its own, a real one: no rehearsal goes there.
    if name == "test" or slack.can_update() or not slack.is_configured():
        raise ConfigurationError(
            f"Slack's channel {name} is not set up.",
            code="channel_not_set_up",
            next_action="See docs/alerts.md.",
            provider="slack",
        )
    return ""


def _mail(what: Telling, config: Settings) -> Told | None:
    from adapters import smtp

    if not smtp.is_configured(config):
        raise ConfigurationError(
            "Mails are not set up.", code="channel_not_set_up", next_action="See docs/setup/email.md.", provider="smtp"
        )
    first = what.message.get("reference")
    if not what.posts and (not first or what.message.get("shown") == view.shown(what.alert)):
        return None
    if what.delivery["doubtful"]:
        raise UncertainError("A mail cannot be looked up.", code=NO_LOOKUP, provider="smtp")
    subject, text = view.headline(what.alert), view.plain(what.alert, what.delivery)
    mark, at = what.delivery["mark"], what.delivery["created_at"]
    mail = smtp.to_alerted(config, subject, text, mark=mark, at=at, replies_to=first)
    if refused := smtp.send(mail, settings=config):
        logging.get(__name__).warning("alert.recipients_refused", refused=refused)
    return Told(mail.message_id, view.shown(what.alert))


def _pagerduty(what: Telling, config: Settings) -> Told | None:
    from adapters import pagerduty

    if not pagerduty.is_configured():
        raise ConfigurationError(
            "PagerDuty is not set up.",
            code="channel_not_set_up",
            next_action="See docs/setup/pagerduty.md.",
            provider="pagerduty",
        )
    alert, key = what.alert, view.dedup_key(what.alert)
    if alert["state"] == "resolved":
        # The trouble may be back under the same key: then the incident is its, and stays open.
        if what.delivery["change"] != "resolved" or alert["is_back"]:
            return None
        # Also when no trigger is known to have arrived: one of unknown end may have.
        pagerduty.resolve(key, settings=config)
    elif what.posts:
        pagerduty.trigger(key, settings=config, **view.incident(alert))
        if alert["acknowledged_at"]:
            pagerduty.acknowledge(key, settings=config)
    elif not what.message.get("reference"):
        return None  # the trigger, which still waits, acknowledges too
    else:
        pagerduty.acknowledge(key, settings=config)
    return Told(key, view.shown(alert))
