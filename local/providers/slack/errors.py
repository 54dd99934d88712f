"""Slack's errors: plain text from a webhook, HTTP 200 with ``ok: false`` from the Web API."""

from __future__ import annotations

from local.providers.answers import Answer, as_json, as_text

_WEBHOOK_STATUS = {
    "no_text": 400,
    "invalid_payload": 400,
    "invalid_blocks": 400,
    "too_many_attachments": 400,
    "invalid_token": 403,
    "action_prohibited": 403,
    "posting_to_general_channel_denied": 403,
    "no_service": 404,
    "no_service_id": 404,
    "channel_not_found": 404,
    "no_active_hooks": 404,
    "no_team": 404,
    "channel_is_archived": 410,
}


def by_text(route: str, text: str) -> Answer:
    """The answer for an error text, in the manner of the route."""
    if text in {"ratelimited", "rate_limited"}:
        return rate_limited(route, 1)
    if route == "webhook":
        return as_text(_WEBHOOK_STATUS.get(text, 400), text)
    body: dict[str, object] = {"ok": False, "error": text}
    if text == "missing_scope":
        body |= {"needed": "chat:write", "provided": "incoming-webhook"}
    return as_json(200, body)


def rate_limited(route: str, seconds: int) -> Answer:
    """HTTP 429 with ``Retry-After``."""
    answer = as_text(429, "rate_limited") if route == "webhook" else as_json(429, {"ok": False, "error": "ratelimited"})
    return answer.with_header("retry-after", str(seconds))


def by_http_status(route: str, status: int) -> Answer:
    """A usual body for an HTTP status."""
    if status == 429:  # noqa: PLR2004 - HTTP's own number
        return rate_limited(route, 1)
    answer = by_text(route, "server_error" if route == "webhook" else "internal_error")
    return Answer(status, answer.body, answer.headers)
