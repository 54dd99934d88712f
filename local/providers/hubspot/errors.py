"""HubSpot's error bodies: one shape for whole answers and for the errors inside a batch."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from local.providers.answers import Answer, as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

POLICIES = {
    "TEN_SECONDLY_ROLLING": "ten_secondly_rolling",
    "SECONDLY": "secondly",
    "DAILY": "daily",
}
_CATEGORIES = {
    400: "VALIDATION_ERROR",
    401: "INVALID_AUTHENTICATION",
    403: "MISSING_SCOPES",
    404: "OBJECT_NOT_FOUND",
    409: "CONFLICT",
    423: "OBJECT_LOCKED",
}
_MESSAGES = {
    401: "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more"
    " details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
    404: "resource not found",
    423: "The object is locked, try again.",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway time-out",
}


class Refused(Exception):  # noqa: N818 - what HubSpot says, not a failure of ours
    """HubSpot does not do it: a status, a category, a message, and perhaps the contact in the way."""

    def __init__(self, message: str, status: int = 400, category: str | None = None, **more: Any) -> None:
        """Keep the parts of the body."""
        super().__init__(message)
        self.message, self.status, self.more = message, status, more
        self.category = category or _CATEGORIES.get(status, "VALIDATION_ERROR")

    def body(self) -> dict[str, Any]:
        """The body, a new correlation id in it."""
        return {
            "status": "error",
            "message": self.message,
            "correlationId": str(uuid.uuid4()),
            "category": self.category,
            **self.more,
        }

    def answer(self) -> Answer:
        """The whole answer."""
        return as_json(self.status, self.body())


def invalid(problems: Sequence[dict[str, Any]]) -> Refused:
    """Properties that are refused: JSON inside the message, as HubSpot writes it."""
    return Refused(f"Property values were not valid: {json.dumps(list(problems), ensure_ascii=False)}")


def exists(contact_id: str) -> Refused:
    """A contact with that e-mail is there."""
    return Refused(f"Contact already exists. Existing ID: {contact_id}", 409)


def gone() -> Refused:
    """There is no such contact or property."""
    return Refused(_MESSAGES[404], 404)


def unauthorised() -> Refused:
    """No token, or another one."""
    return Refused(_MESSAGES[401], 401)


def out_of_scope(scope: str) -> Refused:
    """The token may not do this."""
    return Refused(
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here:"
        " https://developers.hubspot.com/scopes.",
        403,
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [scope]},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def limited(policy: str) -> Answer:
    """HTTP 429; without Retry-After, as HubSpot answers it."""
    return as_json(
        429,
        {
            "status": "error",
            "message": f"You have reached your {POLICIES[policy]} limit.",
            "errorType": "RATE_LIMIT",
            "correlationId": str(uuid.uuid4()),
            "policyName": policy,
        },
    )


def by_code(code: str) -> Answer:
    """The answer for a policy, a category, or a word of a refused property."""
    if code in POLICIES:
        return limited(code)
    for status, category in _CATEGORIES.items():
        if code == category:
            return by_http_status(status)
    problem = {"isValid": False, "message": f"The property was refused: {code}", "error": code, "name": "firstname"}
    return invalid([problem | {"portalId": 0}]).answer()


def by_http_status(status: int) -> Answer:
    """A usual body for an HTTP status."""
    if status == 429:  # noqa: PLR2004 - HTTP's own number
        return limited("TEN_SECONDLY_ROLLING")
    if status == 409:  # noqa: PLR2004 - same
        return exists("12345").answer()
    category = _CATEGORIES.get(status, "INTERNAL_ERROR" if status >= 500 else "VALIDATION_ERROR")  # noqa: PLR2004 - same
    return Refused(_MESSAGES.get(status, "There was a problem with the request."), status, category).answer()
