"""ManyChat's refusals as our errors. `status` in the body decides as well as HTTP's: an error may come with 200.

Source: api.manychat.com/swagger (as restated in public code); codes 2011, 3011 and 3021 are all that is known for sure.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from kit import errors
from kit.http import retry_after
from kit.redaction import mask_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.http import Response

PROVIDER: Final = "manychat"

_TOKEN = "Make a new key in ManyChat, Settings, API, and set MANYCHAT_TOKEN."  # noqa: S105 - advice
_GONE = "The subscriber is not one of this page, or was deleted."
_Rule = tuple[type[errors.TerminalError], str, str]
BY_CODE: Final[Mapping[int, _Rule]] = {
    2011: (errors.NotFoundError, "manychat_not_found", _GONE),
    3011: (errors.InvalidRequestError, "manychat_content", "Correct the message: ManyChat does not take its form."),
    3021: (
        errors.InvalidRequestError,
        "manychat_window_closed",
        "24 hours have passed since the person wrote: only a message with a tag may go.",
    ),
}
BY_STATUS: Final[Mapping[int, _Rule]] = {
    401: (errors.AuthenticationError, "manychat_token", _TOKEN),
    403: (errors.PermissionDeniedError, "manychat_permission", "The page's plan or the key does not allow this."),
    404: (errors.NotFoundError, "manychat_not_found", _GONE),
}


def classify(response: Response) -> errors.OpsflowsError | None:
    """Reads each answer first; 5xx and answers that say neither success nor error are left to the HTTP rules."""
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    body = _body(response.content)
    refused = response.status >= HTTPStatus.BAD_REQUEST
    if not refused and body.get("status") != "error":
        return None
    context: dict[str, Any] = {"provider": PROVIDER, "request_id": response.request_id}
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.RateLimitedError(
            "ManyChat counts too many calls a second.",
            code="manychat_rate_limited",
            next_action="It is tried again.",
            retry_after=retry_after(response.headers),
            **context,
        )
    if response.status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}:
        return None
    code = _int(body.get("code"))
    kind, word, advice = (
        BY_CODE.get(code or 0)
        or BY_STATUS.get(response.status)
        or (errors.InvalidRequestError, "manychat_request", "Correct the request.")
    )
    text = mask_secrets(str(body.get("message") or f"status {response.status}").strip())[:300].rstrip(".")
    details = {"status": response.status, "manychat_code": code, "reasons": _reasons(body.get("details"))}
    return kind(f"ManyChat refused: {text}.", code=word, next_action=advice, details=details, **context)


def _reasons(details: Any) -> list[str]:
    """The messages in `details.messages` (a list, or lists by field), without the values that were sent."""
    found = details.get("messages") if isinstance(details, dict) else None
    if isinstance(found, dict):
        found = [text for texts in found.values() for text in (texts if isinstance(texts, list) else [texts])]
    items = found if isinstance(found, list) else []
    texts = [str(item.get("message") or "") if isinstance(item, dict) else str(item) for item in items]
    return [mask_secrets(text)[:200] for text in texts if text]


def _body(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _int(value: Any) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None
