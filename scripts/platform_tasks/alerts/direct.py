"""Telling somebody while the database is away: without counter and history, and once for each trouble.

PagerDuty knows the trouble by its key, the same that the book uses, so that a thousand failures are one incident, and
the book ends it when it is back. Without PagerDuty one Slack message goes out, which a mark in Kestra's KV keeps from
being repeated for an hour; without Kestra's KV it may be.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from adapters import pagerduty, slack
from kit import i18n, kv, logging, settings
from kit.errors import OpsflowsError
from platform_tasks.alerts import rules, view

if TYPE_CHECKING:
    from platform_tasks.alerts.events import Event

Way = Literal["pagerduty", "slack", "told_before", "nobody"]
_ONCE_EVERY_S = 3600.0


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
    if not slack.is_configured():
        return "nobody"
    if _told_before(alert["key"]):
        return "told_before"
    try:
        channel = config.incidents_slack_channel or config.alerts_slack_channel or config.slack_channel
        slack.post(view.blocks(alert, {"change": "fired"}), view.headline(alert), settings=config, channel=channel)
    except OpsflowsError as error:
        logging.get(__name__).warning("alert.direct_failed", way="slack", code=error.code)
        return "nobody"
    return "slack"


def _told_before(key: str) -> bool:
    """Whether another execution told it; sets the mark, since the next one comes soon."""
    name = f"alerts.direct.{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    try:
        store = kv.Store()
        if store.get(name) is not None:
            return True
        store.set(name, datetime.now(UTC).isoformat(), ttl_s=_ONCE_EVERY_S)
    except OpsflowsError as error:
        logging.get(__name__).warning("alert.mark_away", code=error.code)
    return False


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
