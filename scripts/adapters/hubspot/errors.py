"""HubSpot's refusals as our errors; the category and the policy in the body decide, then the status.

How long to wait is in config/limits.json, by the policy; a Retry-After header is obeyed when, rarely, there is one.
Source: HubSpot, "Usage guidelines" and "Error handling" (2026-09).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from adapters.hubspot import facts as bodies
from adapters.hubspot.records import PROVIDER
from kit import errors
from kit.http import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.hubspot.facts import Facts
    from kit.http import Response

# HubSpot moves the portal to another data centre.
MIGRATING: Final = 477
_DAILY = "DAILY"

_TOKEN = "Copy the private app's access token in HubSpot again and set HUBSPOT_TOKEN."  # noqa: S105 - advice
_SCOPE = "Give the private app the scope that the error names; docs/setup/hubspot.md has the list."
_WAIT = "It is tried again."
_FIX = {
    "hubspot_properties": "Correct the values, or create the property with the flow hubspot_setup.",
    "hubspot_duplicate_ids": "Send each contact once in a batch.",
    "hubspot_search_window": "Search in smaller windows: HubSpot gives 10,000 results a search at most.",
}
_KINDS: Final[dict[int, tuple[type[errors.TerminalError], str, str]]] = {
    401: (errors.AuthenticationError, "hubspot_token", _TOKEN),
    403: (errors.PermissionDeniedError, "hubspot_scope", _SCOPE),
    404: (errors.NotFoundError, "hubspot_not_found", "The contact or property does not exist, or was deleted."),
    409: (errors.ConflictError, "hubspot_conflict", "details name the contact that exists already."),
}


def classifier(timezone: str) -> Callable[[Response], errors.OpsflowsError | None]:
    """Returns what reads each answer first; None leaves an answer to the HTTP rules (2xx, 5xx, strange ones).

    Args:
        timezone: IANA zone of the portal, at whose midnight the daily limit ends.
    """

    def classify(response: Response) -> errors.OpsflowsError | None:
        locked = response.status in {HTTPStatus.LOCKED, MIGRATING}
        if response.status < HTTPStatus.BAD_REQUEST or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return None
        facts = bodies.read(_body(response.content))
        context: dict[str, Any] = {
            "provider": PROVIDER,
            "request_id": facts.correlation_id or response.request_id,
            "details": {"status": response.status, **facts.details()},
        }
        if locked:
            return errors.UnavailableError(
                "HubSpot has locked the object for a moment.",
                code="hubspot_locked",
                next_action=_WAIT,
                retry_after=retry_after(response.headers),
                **context,
            )
        if response.status == HTTPStatus.TOO_MANY_REQUESTS:
            return _limited(facts, response, timezone, context)
        return _refused(facts, response.status, context)

    return classify


def beyond_the_window() -> errors.InvalidRequestError:
    """What a search beyond its results is refused with, before it is sent."""
    code = "hubspot_search_window"
    return errors.InvalidRequestError(
        "HubSpot gives 10,000 results of a search.", code=code, next_action=_FIX[code], provider=PROVIDER
    )


def midnight_after(now: datetime, timezone: str) -> datetime:
    """Returns the next midnight of a zone, in UTC: when a portal's daily limit starts anew."""
    here = now.astimezone(ZoneInfo(timezone))
    tomorrow = (here + timedelta(days=1)).date()
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=here.tzinfo).astimezone(UTC)


def _limited(facts: Facts, response: Response, timezone: str, context: dict[str, Any]) -> errors.OpsflowsError:
    policy = facts.policy or _guessed(facts.message)
    if policy == _DAILY:
        resets = midnight_after(datetime.now(UTC), timezone).isoformat()
        context["details"] |= {"resets_at": resets}
        return errors.QuotaExhaustedError(
            "The portal's calls of today are used up.",
            code="hubspot_daily",
            next_action=f"Nothing is sent until {resets}; raise the limit in HubSpot if it happens often.",
            **context,
        )
    context["details"] |= {"policy": policy}
    return errors.RateLimitedError(
        f"HubSpot counts too many calls ({policy or 'no policy named'}).",
        code="hubspot_rate_limited",
        next_action=_WAIT,
        retry_after=retry_after(response.headers),
        **context,
    )


def _guessed(message: str) -> str | None:
    """The policy by the words of the message, for bodies without `policyName`; those of the search are such."""
    text = message.lower()
    for word, policy in (("daily", _DAILY), ("ten_secondly", "TEN_SECONDLY_ROLLING"), ("secondly", "SECONDLY")):
        if word in text:
            return policy
    return None


def _refused(facts: Facts, status: int, context: dict[str, Any]) -> errors.OpsflowsError:
    kind, code, advice = _KINDS.get(status, (errors.InvalidRequestError, facts.code, ""))
    if status == HTTPStatus.BAD_REQUEST and "10,000" in facts.message.replace("10000", "10,000"):
        code = "hubspot_search_window"
    said = "; ".join(f"{one.name}: {one.error}" for one in facts.properties) or facts.message or f"status {status}."
    return kind(
        f"HubSpot refused: {said}", code=code, next_action=advice or _FIX.get(code, "Correct the request."), **context
    )


def _body(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
