"""An alert as people read it: a Slack card, a mail, an incident. What it is made of was redacted when it was kept."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from kit import i18n, links, notify, settings
from kit.text import truncate
from platform_tasks.alerts import act_link

if TYPE_CHECKING:
    from datetime import datetime

    from platform_tasks.alerts.queries import Row

_ICONS: Final = {"INFO": "🔵", "WARNING": "🟠", "CRITICAL": "🔴"}
_SEVERITIES: Final = {"INFO": "info", "WARNING": "warning", "CRITICAL": "critical"}
_DETAILS: Final = 4
_VALUE: Final = 300
_HEADLINE: Final = 150


def shown(alert: Row) -> str:
    """What of an alert its messages tell: two messages that show the same need not follow each other."""
    return "|".join(str(alert[name]) for name in ("state", "level", "count", "acknowledged_by"))


def dedup_key(alert: Row) -> str:
    """PagerDuty's name of the trouble; the same whether or not the book could be written."""
    return f"opsflows-{settings.get().env}-{hashlib.sha256(alert['key'].encode()).hexdigest()[:32]}"


def headline(alert: Row) -> str:
    """One line: how loud, in which state, what."""
    icon = "✅" if alert["state"] == "resolved" else _ICONS[alert["level"]]
    state = i18n.t(f"alert.state.{_state(alert)}")
    test = f"[{i18n.t('alert.test')}] " if alert["test"] else ""
    return truncate(f"{icon} {test}{i18n.t('alert.level.' + alert['level'])} · {state}: {alert['title']}", _HEADLINE)


def blocks(alert: Row, delivery: Row) -> list[dict[str, Any]]:
    """The Slack card."""
    parts = [notify.header(headline(alert))]
    if note := _note(alert, delivery):
        parts.append(notify.section(note))
    if alert["message"]:
        parts.append(notify.section(alert["message"]))
    parts.append(notify.fields(_facts(alert)))
    shown_links = [f"<{href}|{notify.escape(text)}>" for text, href in _links(alert).items() if href]
    if not settings.get().runbook_url:
        shown_links.append(notify.escape(_runbook_text(alert)))
    return [*parts, notify.context(shown_links)]


def plain(alert: Row, delivery: Row) -> str:
    """The mail."""
    facts = [f"{name}: {value}" for name, value in _facts(alert).items()]
    addresses = [f"{text}: {href}" for text, href in _links(alert).items() if href]
    if not settings.get().runbook_url:
        addresses.append(_runbook_text(alert))
    parts = [headline(alert), _note(alert, delivery), alert["message"], "\n".join(facts), "\n".join(addresses)]
    return "\n\n".join(part for part in parts if part) + "\n"


def incident(alert: Row) -> dict[str, Any]:
    """The arguments of `adapters.pagerduty.trigger`."""
    details = {"message": alert["message"], "count": alert["count"], **_facts(alert), **alert["detail"]}
    flow = f"{alert['namespace']}.{alert['flow_id']}".strip(".")
    return {
        "summary": headline(alert),
        "source": flow or "opsflows",
        "severity": _SEVERITIES[alert["level"]],
        "component": alert["flow_id"],
        "group": alert["namespace"],
        "details": details | {"runbook": _runbook_text(alert)},
        "links": {text: href for text, href in _links(alert).items() if href},
    }


def _state(alert: Row) -> str:
    if alert["state"] == "resolved":
        return "resolved"
    return "acknowledged" if alert["acknowledged_at"] else "firing"


def _note(alert: Row, delivery: Row) -> str:
    """What is particular about this message: it is back, nobody looked after it, who does, since when it is over."""
    if alert["state"] == "resolved" and alert["resolved_at"]:
        return i18n.t("alert.note.resolved", at=_time(alert["resolved_at"]))
    if alert["acknowledged_at"]:
        return i18n.t("alert.note.acknowledged", by=alert["acknowledged_by"], at=_time(alert["acknowledged_at"]))
    if delivery["change"] == "again":
        return i18n.t("alert.note.again")
    return i18n.t("alert.note.escalated") if alert["escalated_at"] else ""


def _facts(alert: Row) -> dict[str, str]:
    facts = {
        "flow": f"{alert['namespace']}.{alert['flow_id']}".strip("."),
        "data_date": str(alert["data_date"] or ""),
        "cause": alert["error_class"],
        "count": str(alert["count"]) if alert["count"] > 1 else "",
        "since": _time(alert["fired_at"]),
        "last": _time(alert["seen_at"]) if alert["count"] > 1 else "",
    }
    told = {i18n.t(f"alert.fact.{name}"): value for name, value in facts.items() if value}
    details = [(name, value) for name, value in alert["detail"].items() if isinstance(value, str | int) and value != ""]
    return told | {_label(name): truncate(str(value), _VALUE) for name, value in details[:_DETAILS]}


def _label(name: str) -> str:
    key = f"alert.detail.{name}"
    return i18n.t(key) if i18n.has(key) else name


def _links(alert: Row) -> dict[str, str | None]:
    execution = links.execution_of(alert["execution_id"] or None, alert["flow_id"], alert["namespace"])
    base = settings.get().runbook_url
    return {
        i18n.t("alert.link.execution"): execution,
        i18n.t("alert.link.runbook"): f"{base.rstrip('/')}/alerts/{alert['runbook']}.md" if base else None,
        # What was told without the book has no id that a link could name.
        i18n.t("alert.link.act"): act_link.url(alert["alert_id"])
        if alert["state"] == "firing" and alert["alert_id"]
        else None,
    }


def _runbook_text(alert: Row) -> str:
    return f"{i18n.t('alert.link.runbook')}: docs/runbook/alerts/{alert['runbook']}.md"


def _time(at: datetime) -> str:
    return at.astimezone(ZoneInfo(settings.get().timezone)).strftime("%Y-%m-%d %H:%M")
