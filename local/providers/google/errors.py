"""Errors in Google's shape (``google.rpc.Status`` as JSON)."""

from __future__ import annotations

from typing import Any

from local.providers.answers import Answer, as_google_json

_UNAUTHENTICATED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid"
    " authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
_STATUS = {
    "INVALID_ARGUMENT": (400, "Request contains an invalid argument."),
    "UNAUTHENTICATED": (401, _UNAUTHENTICATED),
    "PERMISSION_DENIED": (403, "The caller does not have permission"),
    "NOT_FOUND": (404, "Requested entity was not found."),
    "RESOURCE_EXHAUSTED": (429, "Resource has been exhausted (e.g. check quota)."),
    "INTERNAL": (500, "Internal error encountered."),
    "UNAVAILABLE": (503, "The service is currently unavailable."),
    "DEADLINE_EXCEEDED": (504, "Deadline expired before operation could complete."),
}
_BY_HTTP = {http: status for status, (http, _) in _STATUS.items()}
_BY_HTTP[502] = "UNAVAILABLE"


class GoogleError(Exception):
    """Raised inside a request; becomes the answer."""

    def __init__(self, status: str, message: str | None = None, details: list[dict[str, Any]] | None = None) -> None:
        """An error by Google's status name, with its usual message unless another is given."""
        self.status = status
        self.http, usual = _STATUS[status]
        self.message = message or usual
        self.details = details
        super().__init__(self.message)

    def answer(self) -> Answer:
        """The HTTP answer."""
        error: dict[str, Any] = {"code": self.http, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return as_google_json(self.http, {"error": error})


def bad(message: str) -> GoogleError:
    """A 400 with a message."""
    return GoogleError("INVALID_ARGUMENT", message)


def by_status(status: str) -> Answer:
    """The answer for a status name; ``quota`` gives the 429 of the write quota."""
    if status == "quota":
        from local.providers.google import quota

        return quota.exceeded("write", "user", 60, "opsflows-sandbox").answer()
    return GoogleError(status).answer()


def by_http_status(status: int) -> Answer:
    """A usual body for an HTTP status."""
    if status == 429:  # noqa: PLR2004 - HTTP's own number
        return by_status("quota")
    answer = GoogleError(_BY_HTTP.get(status, "INTERNAL")).answer()
    return Answer(status, answer.body.replace(b'"code": 500', b'"code": %d' % status), answer.headers)
