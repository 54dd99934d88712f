"""Meta's error codes as our errors; `code` decides, never a title. Source: Meta, "Cloud API error codes" (May 2026).

The same codes come in two ways: in the body of an answer (`classify`) and in a `failed` status event (`from_code`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kit import errors
from kit.http import retry_after
from kit.redaction import mask_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.http import Response

PROVIDER = "whatsapp"
USAGE_HEADER = "X-Business-Use-Case-Usage"
_PAIR_LIMIT_S = 6.0
_NO_SUCH_OBJECT = 33


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code means here: the error's class and code, and what a person should do."""

    kind: type[errors.OpsflowsError]
    code: str
    next_action: str
    retry_after: float | None = None


_NEW_TOKEN = "Create a new system user token in Meta's business settings and set WHATSAPP_TOKEN."  # noqa: S105 - advice
_PERMISSION = "Give the app's system user the permissions whatsapp_business_messaging and _management."
_WAIT = "It is tried again later; if it persists, look at the limits in WhatsApp Manager."
_RESEND = "Ask the sender to send the picture again."
_UNBLOCK = "Stop sending and open WhatsApp Manager: the account is restricted by Meta."

_AUTHENTICATION = Rule(errors.AuthenticationError, "whatsapp_token", _NEW_TOKEN)
_DENIED = Rule(errors.PermissionDeniedError, "whatsapp_permission", _PERMISSION)
_LIMITED = Rule(errors.RateLimitedError, "whatsapp_rate_limited", _WAIT)
_SPENT = Rule(errors.QuotaExhaustedError, "whatsapp_send_limit", "Wait for Meta to lift the limit; do not repeat.")
_PASSING = Rule(errors.UnavailableError, "whatsapp_unavailable", "It is tried again.")
_BLOCKED = Rule(errors.PermissionDeniedError, "whatsapp_blocked", _UNBLOCK)
_MEDIA = Rule(errors.RefusedInputError, "whatsapp_media", _RESEND)
_PARAMETER = Rule(errors.InvalidRequestError, "whatsapp_parameter", "Correct the request; details say which part.")
_NOT_FOUND = Rule(errors.NotFoundError, "whatsapp_not_found", "The id is unknown, expired, or of another account.")

RULES: Mapping[int, Rule] = {
    0: _AUTHENTICATION,
    1: _PASSING,
    2: _PASSING,
    3: _DENIED,
    4: _LIMITED,
    10: _DENIED,
    **dict.fromkeys(range(200, 300), _DENIED),
    100: _PARAMETER,
    190: _AUTHENTICATION,
    368: _BLOCKED,
    80007: _LIMITED,
    130429: _LIMITED,
    130472: Rule(errors.InvalidRequestError, "whatsapp_experiment", "Meta withholds messages to this person."),
    131000: _PASSING,
    131005: _DENIED,
    131008: _PARAMETER,
    131009: _PARAMETER,
    131016: _PASSING,
    131026: Rule(errors.InvalidRequestError, "whatsapp_undeliverable", "The person cannot receive the message."),
    131031: _BLOCKED,
    131047: Rule(errors.InvalidRequestError, "whatsapp_window_closed", "24 hours have passed: only a template may go."),
    131048: _SPENT,
    131049: _SPENT,
    131051: Rule(errors.RefusedInputError, "whatsapp_unsupported", _RESEND),
    131052: _MEDIA,
    131053: _MEDIA,
    131056: Rule(errors.RateLimitedError, "whatsapp_pair_limited", _WAIT, _PAIR_LIMIT_S),
    131064: _SPENT,
}


def from_code(code: int, text: str = "", **context: Any) -> errors.OpsflowsError | None:
    """Returns the error for one of Meta's codes, or None for a code that is in no table.

    Args:
        code: Meta's number, from an answer's `error.code` or a status event's `errors[].code`.
        text: `error_data.details` or the message, for people.
        **context: further keyword arguments of the error (`request_id`, `details`, `retry_after`).
    """
    rule = RULES.get(code)
    if rule is None:
        return None
    if issubclass(rule.kind, errors.TransientError):
        context["retry_after"] = context.get("retry_after") or rule.retry_after
    else:
        context.pop("retry_after", None)
    message = f"WhatsApp refused with code {code}: {_sentence(text)}"
    return rule.kind(message, code=rule.code, next_action=rule.next_action, provider=PROVIDER, **context)


def classify(response: Response) -> errors.OpsflowsError | None:
    """Reads Graph's error body; None leaves the answer to the HTTP rules.

    Passing trouble with a 5xx is left to them: they know whether the call may be repeated, the body does not.
    """
    error = _error_of(response.content)
    if error is None:
        return None
    code, text = _int(error.get("code")), _details(error)
    context: dict[str, Any] = {
        "request_id": str(error.get("fbtrace_id") or response.request_id or "") or None,
        "details": {"status": response.status, "whatsapp_code": code, "subcode": error.get("error_subcode")},
        "retry_after": retry_after(response.headers) or regain_after_s(response.headers.get(USAGE_HEADER)),
    }
    if code == 100 and error.get("error_subcode") == _NO_SUCH_OBJECT:  # noqa: PLR2004 - Meta's number
        context.pop("retry_after")
        return _NOT_FOUND.kind(
            f"WhatsApp knows no such object: {_sentence(text)}",
            code=_NOT_FOUND.code,
            next_action=_NOT_FOUND.next_action,
            provider=PROVIDER,
            **context,
        )
    found = from_code(code, text, **context)
    return (
        None
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR and isinstance(found, errors.TransientError)
        else found
    )


def regain_after_s(usage: str | None) -> float | None:
    """Returns the seconds until access is regained, from the usage header (which counts in minutes)."""
    try:
        accounts = json.loads(usage or "{}")
        minutes = [float(use.get("estimated_time_to_regain_access") or 0) for uses in accounts.values() for use in uses]
    except (ValueError, TypeError, AttributeError):
        return None
    return max(minutes, default=0.0) * 60 or None


def _error_of(content: bytes) -> Mapping[str, Any] | None:
    try:
        error = json.loads(content).get("error")
    except (ValueError, AttributeError, RecursionError):
        return None
    return error if isinstance(error, dict) else None


def _details(error: Mapping[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    return str(details or error.get("message") or "no details")


def _sentence(text: str) -> str:
    """The start of a provider's text; secrets are hidden before the cut, which would leave half of one."""
    return mask_secrets(text.strip())[:300].rstrip(".") + "."


def _int(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1
