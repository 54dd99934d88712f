"""Telling somebody while the database is away: without counter and history, and once for each trouble.

PagerDuty knows the trouble by its key, the same that the book uses, so that a thousand failures are one incident, and
the book ends it when it is back. Without PagerDuty one Slack message goes out, or else a mail, which a mark in Kestra's
KV keeps from being repeated for an hour; without Kestra's KV it may be.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from adapters import pagerduty, slack, smtp
from kit import i18n, kv, logging, settings
from kit.errors import OpsflowsError, UncertainError
from platform_tasks.alerts import channels, rules, view

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.settings import Settings
    from platform_tasks.alerts.events import Event
    from platform_tasks.alerts.queries import Row

Way = Literal["pagerduty", "slack", "mail", "told_before", "nobody"]
_ONCE_EVERY_S: Final = 3600.0
_FIRED: Final = {"change": "fired"}


def tell(event: Event) -> Way:
    """Tell whoever can be reached; never raises for trouble with a provider.

    Returns:
        Who was told: `told_before` within the hour, `nobody` when no way is set up or none worked.
    """
    config, alert = settings.get(), _alert(event)
    if event.test:
        return "nobody"
    try:
        if pagerduty.is_configured():
            pagerduty.trigger(view.dedup_key(alert), settings=config, **view.incident(alert))
            return "pagerduty"
    except OpsflowsError as error:
        logging.get(__name__).warning("alert.direct_failed", way="pagerduty", code=error.code)
    ways: dict[Way, Callable[[Row, Settings], None]] = {}
    if slack.is_configured():
        ways["slack"] = _slack
    if smtp.is_configured(config):
        ways["mail"] = _mail
    if not ways:
        return "nobody"
    mark = f"alerts.direct.{hashlib.sha256(alert['key'].encode()).hexdigest()[:32]}"
    if _told_before(mark):
        return "told_before"
    for way, send in ways.items():
        if _sent(way, send, alert, config):
            return way
    _forget(mark)
    return "nobody"


def _sent(way: Way, send: Callable[[Row, Settings], None], alert: Row, config: Settings) -> bool:
    try:
        send(alert, config)
    except UncertainError as error:
        # It may be there, and is not repeated.
        logging.get(__name__).warning("alert.direct_in_doubt", way=way, code=error.code)
    except OpsflowsError as error:
        logging.get(__name__).warning("alert.direct_failed", way=way, code=error.code)
        return False
    return True


def _slack(alert: Row, config: Settings) -> None:
    channel = channels.slack_id("incidents", config)
    slack.post(view.blocks(alert, _FIRED), view.headline(alert), settings=config, channel=channel)


def _mail(alert: Row, config: Settings) -> None:
    subject, text = view.headline(alert), view.plain(alert, _FIRED)
    mail = smtp.to_alerted(config, subject, text, mark=str(uuid.uuid4()), at=alert["fired_at"])
    smtp.send(mail, settings=config)


def _told_before(name: str) -> bool:
    """Whether another execution told it; sets the mark, since the next one comes soon."""
    try:
        store = kv.Store()
        if store.get(name) is not None:
            return True
        store.set(name, datetime.now(UTC).isoformat(), ttl_s=_ONCE_EVERY_S)
    except OpsflowsError as error:
        logging.get(__name__).warning("alert.mark_away", code=error.code)
    return False


def _forget(name: str) -> None:
    """Take the mark away, so that the next try tells what this one could not."""
    try:
        kv.Store().delete(name)
    except OpsflowsError as error:
        logging.get(__name__).warning("alert.mark_away", code=error.code)


def _alert(event: Event) -> dict[str, Any]:
    """The event in the form of a row of ops.alerts, redacted as `book.fire` does it."""
    from platform_tasks.alerts.book import kept

    now, rule = datetime.now(UTC), rules.load().rule(event.event)
    row = kept(event, rule, event.level or rule.level)
    message = f"{row['message']}\n{i18n.t('alert.direct')}".strip()
    return {
        **row, "message": message, "alert_id": 0, "count": 1, "state": "firing", "fired_at": now, "seen_at": now,
        "resolved_at": None, "acknowledged_at": None, "acknowledged_by": None, "escalated_at": None,
    }  # fmt: skip
