"""Tell people without Kestra and without Postgres: each channel that is set up, straight by its adapter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from adapters import pagerduty, slack, smtp
from kit import http, i18n, notify, secrets
from kit.errors import OpsflowsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from kit.settings import Settings
    from tools.watch.looks import Look
    from tools.watch.memory import Change

HEARTBEAT: Final = "OPSFLOWS_HEARTBEAT_URL"
_KEY: Final = "opsflows heartbeat"
_POLICY: Final = http.RetryPolicy(attempts=2, total_s=20, connect_s=5, read_s=10)


def tell(found: Look, change: Change, config: Settings, only: Collection[str] | None = None) -> dict[str, str]:
    """Tell every channel that is set up, or of those only some, and say what became of each: `sent`, or its error."""
    channels: dict[str, tuple[bool, Callable[[], object]]] = {
        "pagerduty": (pagerduty.is_configured(), lambda: _pagerduty(found, change, config)),
        "slack": (slack.is_configured(), lambda: _slack(found, change, config)),
        "email": (smtp.is_configured(config), lambda: _mail(found, change, config)),
    }
    return {name: _tried(send) for name, (there, send) in channels.items() if there and (only is None or name in only)}


def beat() -> str | None:
    """Ping the heartbeat's address, which tells people when it is not pinged; None when there is none.

    Returns:
        `sent`, or the error's code.
    """
    url = secrets.optional(HEARTBEAT)
    if not url:
        return None
    client = http.Client("heartbeat", url, policy=_POLICY)
    return _tried(lambda: client.request("GET", url, expect_json=False, max_bytes=100_000))


def _tried(send: Callable[[], object]) -> str:
    try:
        send()
    except OpsflowsError as error:
        return error.code
    return "sent"


def _pagerduty(found: Look, change: Change, config: Settings) -> None:
    if change == "resolved":
        pagerduty.resolve(_KEY, settings=config, policy=_POLICY)
        return
    pagerduty.trigger(
        _KEY,
        _title(found, change),
        source="opsflows",
        severity="critical",
        settings=config,
        details={"seen": found.message},
        policy=_POLICY,
    )


def _slack(found: Look, change: Change, config: Settings) -> None:
    title = _title(found, change)
    blocks = [notify.header(title), notify.section(_text(found, change))]
    slack.post(blocks, title, settings=config, channel=config.incidents_channel, policy=_POLICY)


def _mail(found: Look, change: Change, config: Settings) -> None:
    subject, text = _title(found, change), _text(found, change)
    mail = smtp.to_alerted(config, subject, text, mark=f"heartbeat-{uuid4()}", at=datetime.now(UTC))
    smtp.send(mail, settings=config, total_s=_POLICY.total_s)


def _title(found: Look, change: Change) -> str:
    return i18n.t(f"watch.heartbeat.{'over' if change == 'resolved' else found.state}")


def _text(found: Look, change: Change) -> str:
    if change == "resolved":
        return found.message
    return i18n.t("watch.heartbeat.text", seen=found.message)
