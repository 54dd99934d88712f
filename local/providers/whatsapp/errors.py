"""Errors in Graph's shape. Codes, titles and meanings: Meta's "error codes" page of May 2026."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from local.providers.answers import Answer, as_graph_json


class _Known(NamedTuple):
    status: int
    title: str
    details: str = ""
    kind: str = "OAuthException"
    transient: bool = False


_KNOWN: dict[int, _Known] = {
    0: _Known(401, "AuthException", "We were unable to authenticate the app user."),
    1: _Known(500, "API Unknown", "Invalid request or possible server error.", transient=True),
    2: _Known(503, "API Service", "Temporary due to downtime or due to being overloaded.", transient=True),
    3: _Known(500, "API Method", "Capability or permissions issue."),
    4: _Known(400, "Application request limit reached", "The app has reached its API call rate limit.", transient=True),
    10: _Known(403, "Application does not have permission for this action"),
    100: _Known(400, "Invalid parameter"),
    190: _Known(401, "Error validating access token: Session has expired"),
    200: _Known(403, "Permissions error"),
    368: _Known(403, "Temporarily blocked for policies violations"),
    80007: _Known(400, "Rate limit hit", "The WhatsApp Business Account has reached its rate limit.", transient=True),
    130429: _Known(429, "Rate limit hit", "Cloud API message throughput has been reached.", transient=True),
    130472: _Known(400, "User's number is part of an experiment"),
    131000: _Known(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: _Known(403, "Access denied"),
    131008: _Known(400, "Required parameter is missing"),
    131009: _Known(400, "Parameter value is not valid"),
    131016: _Known(500, "Service unavailable", "A service is temporarily unavailable.", transient=True),
    131026: _Known(400, "Message undeliverable"),
    131031: _Known(403, "Business Account locked"),
    131047: _Known(
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    131048: _Known(400, "Spam rate limit hit"),
    131049: _Known(400, "This message was not delivered to maintain healthy ecosystem engagement."),
    131051: _Known(400, "Unsupported message type"),
    131052: _Known(400, "Media download error"),
    131053: _Known(400, "Media upload error"),
    131056: _Known(
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number to the same phone"
        " number in a short period of time.",
        transient=True,
    ),
    131064: _Known(400, "Template messaging limit reached"),
}


def by_code(code: int, details: str = "", message: str = "") -> Answer:
    """The answer for a Graph error code."""
    known = _KNOWN.get(code, _Known(400, "Something went wrong"))
    body: dict[str, object] = {
        "message": message or f"(#{code}) {known.title}",
        "type": known.kind,
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details or known.details or known.title},
        "fbtrace_id": _trace(),
    }
    if known.transient:
        body["is_transient"] = True
    if code == 190:  # noqa: PLR2004 - Graph's code for a bad token; 463: expired
        body |= {"message": known.title, "error_subcode": 463}
    return as_graph_json(known.status, {"error": body})


def no_such_object(object_id: str) -> Answer:
    """What Graph says for an id that it does not know."""
    message = (
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing"
        " permissions, or does not support this operation. Please read the Graph API documentation at"
        " https://developers.facebook.com/docs/graph-api"
    )
    body = {
        "message": message,
        "type": "GraphMethodException",
        "code": 100,
        "error_subcode": 33,
        "fbtrace_id": _trace(),
    }
    return as_graph_json(400, {"error": body})


def bad_signature() -> Answer:
    """What Graph says to an app access token that holds another app's secret."""
    body = {
        "message": "Invalid OAuth access token signature.",
        "type": "OAuthException",
        "code": 190,
        "fbtrace_id": _trace(),
    }
    return as_graph_json(400, {"error": body})


def bad_parameter(details: str) -> Answer:
    """``(#100) Invalid parameter`` with its details."""
    return by_code(100, details)


def by_http_status(status: int) -> Answer:
    """A usual body for an HTTP status."""
    code = {400: 100, 401: 190, 403: 10, 429: 130429, 503: 2}.get(status, 131000)
    answer = by_code(code)
    return Answer(status, answer.body, answer.headers)


def _trace() -> str:
    return "A" + secrets.token_urlsafe(16)
