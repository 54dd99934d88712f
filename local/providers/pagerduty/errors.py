"""PagerDuty's error bodies. Source: PagerDuty, "Events API v2 overview", "Response codes and retry logic"."""

from __future__ import annotations

from http import HTTPStatus

from local.providers.answers import Answer, as_json


def invalid(problem: str) -> Answer:
    """400: the event is not as it must be, or its routing key is none."""
    return as_json(400, {"status": "invalid event", "message": "Event object is invalid", "errors": [problem]})


def by_code(code: str) -> Answer:
    """`rate_limited`, or an event that is refused with this text."""
    return by_http_status(429) if code == "rate_limited" else invalid(code)


def by_http_status(status: int) -> Answer:
    """A usual body for an HTTP status."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return as_json(429, {"status": "throttle exceeded", "message": "Requests are arriving too quickly."})
    if status == HTTPStatus.BAD_REQUEST:
        return invalid("Length of 'routing_key' is incorrect (should be 32 characters)")
    return as_json(status, {"status": "error", "message": "Internal Server Error"})
