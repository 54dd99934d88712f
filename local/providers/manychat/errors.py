"""ManyChat's error bodies: ``status`` is ``error``, the code is a number, reasons stand in ``details.messages``."""

from __future__ import annotations

from typing import Any

from local.providers.answers import Answer, as_json

_MESSAGES = {
    2011: "Subscriber does not exist",
    3011: "Message content is not valid",
    3021: "This message is sent outside of allowed window. You should specify message tag to send it.",
}
_STATUSES = {400: "Validation error", 401: "Token is invalid", 403: "Access denied", 404: "Not found"}


class Refused(Exception):  # noqa: N818 - what ManyChat says, not a failure of ours
    """ManyChat does not do it."""

    def __init__(self, message: str, status: int = 400, code: int | None = None, reasons: Any = None) -> None:
        """Keep the parts of the body."""
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"status": "error", "message": message}
        if code is not None:
            self.body["code"] = code
        if reasons is not None:
            self.body["details"] = {"messages": reasons}

    def answer(self, *, with_200: bool = False) -> Answer:
        """The whole answer."""
        return as_json(200 if with_200 else self.status, self.body)


def coded(code: int, **more: Any) -> Refused:
    """What one of its codes stands for."""
    message = _MESSAGES.get(code, "Request failed")
    return Refused(message, 400, code, [{"message": message}], **more)


def missing(field: str) -> Refused:
    """A field that a call needs."""
    return Refused("Validation error", 400, None, {field: [f"{field} cannot be blank."]})


def limited() -> Answer:
    """HTTP 429, without Retry-After."""
    return as_json(429, {"status": "error", "message": "Rate limit exceeded. Please try again later."})


def by_code(code: str) -> Answer:
    """The answer for a code."""
    return coded(int(code)).answer()


def by_http_status(status: int) -> Answer:
    """A usual body for an HTTP status."""
    if status == 429:  # noqa: PLR2004 - HTTP's own number
        return limited()
    return Refused(_STATUSES.get(status, "Internal error"), status).answer()
