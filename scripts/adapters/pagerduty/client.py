"""Events to PagerDuty. Each names its incident by a `dedup_key` of ours, so that twice has the effect of once.

Source: PagerDuty, "Send an Alert Event" and "Events API v2 Overview".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from kit import errors, http, policies, secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.settings import Settings

PROVIDER: Final = "pagerduty"
SECRET: Final = "PAGERDUTY_ROUTING_KEY"  # noqa: S105 - a name
Severity = Literal["critical", "error", "warning", "info"]
MAX_SUMMARY: Final = 1024
MAX_KEY: Final = 255
_NEW_KEY: Final = "Copy the Integration Key of an Events API V2 integration into secrets/PAGERDUTY_ROUTING_KEY."


def is_configured() -> bool:
    """Says whether a routing key is there."""
    return bool(secrets.optional(SECRET))


def trigger(  # noqa: PLR0913 - the parts of an event
    dedup_key: str,
    summary: str,
    *,
    source: str,
    severity: Severity,
    settings: Settings,
    component: str = "",
    group: str = "",
    details: Mapping[str, Any] | None = None,
    links: Mapping[str, str] | None = None,
    policy: http.RetryPolicy | None = None,
) -> str:
    """Open an incident, or add to the open one of the same key.

    Args:
        dedup_key: ours, at most 255 characters.
        summary: what is wrong; cut at 1,024 characters.
        source: which system, such as the flow.
        severity: as PagerDuty names it.
        settings: the base URL. The secret PAGERDUTY_ROUTING_KEY is read here.
        component: part of the source.
        group: logical group.
        details: small facts for who is on call.
        links: label to address.
        policy: bounds of the tries and of the total time.

    Returns:
        The incident's key.

    Raises:
        ConfigurationError: the routing key is not set.
        OpsflowsError: refused, or not taken after all tries. Never uncertain, since repeating is harmless.
    """
    payload = {"summary": summary[:MAX_SUMMARY], "source": source or "opsflows", "severity": severity}
    payload |= {name: value for name, value in (("component", component), ("group", group)) if value}
    event = {"payload": payload | {"custom_details": dict(details or {})}, "client": "opsflows"}
    shown = [{"href": href, "text": text} for text, href in (links or {}).items()]
    return _send("trigger", dedup_key, event | {"links": shown}, settings, policy)


def acknowledge(dedup_key: str, *, settings: Settings, policy: http.RetryPolicy | None = None) -> str:
    """Say that somebody looks after it; nothing happens when it is not open. Raises as `trigger`."""
    return _send("acknowledge", dedup_key, {}, settings, policy)


def resolve(dedup_key: str, *, settings: Settings, policy: http.RetryPolicy | None = None) -> str:
    """Say that it is over; nothing happens when it is not open. Raises as `trigger`."""
    return _send("resolve", dedup_key, {}, settings, policy)


def _send(
    action: str, dedup_key: str, event: Mapping[str, Any], settings: Settings, policy: http.RetryPolicy | None
) -> str:
    body = {"routing_key": secrets.get(SECRET), "event_action": action, "dedup_key": dedup_key[:MAX_KEY], **event}
    client = policies.client(PROVIDER, settings.pagerduty_base_url, policy=policy, classify=classify)
    answer = client.request("POST", "v2/enqueue", json=body, keyed=True).json()
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise errors.InvalidResponseError("PagerDuty's answer says neither success nor an error.", provider=PROVIDER)
    return str(answer.get("dedup_key") or dedup_key)


def classify(response: http.Response) -> errors.OpsflowsError | None:
    """400 names what is wrong; a wrong routing key comes that way too. The rest is HTTP's."""
    if response.status in (401, 403):
        return errors.AuthenticationError(
            "PagerDuty does not accept the routing key.",
            next_action=_NEW_KEY,
            provider=PROVIDER,
            details={"status": response.status},
        )
    if response.status != 400:  # noqa: PLR2004 - HTTP's own number
        return None
    answer = response.json()
    problems = "; ".join(str(problem) for problem in answer.get("errors", [])) if isinstance(answer, dict) else ""
    details = {"status": response.status, "errors": problems}
    if "routing" in problems.lower():
        return errors.AuthenticationError(
            f"PagerDuty refused: {problems}.",
            code="pagerduty_routing_key",
            next_action=_NEW_KEY,
            provider=PROVIDER,
            details=details,
        )
    return errors.InvalidRequestError(
        f"PagerDuty refused the event: {problems or 'without a reason'}.",
        code="pagerduty_invalid_event",
        next_action="Correct the event; docs/setup/pagerduty.md has its form.",
        provider=PROVIDER,
        details=details,
    )
