"""Vault's errors: a status and a list of sentences."""

from __future__ import annotations

from local.providers.answers import Answer, as_json

_DENIED = "1 error occurred:\n\t* permission denied\n\n"
# code -> (HTTP status, sentence)
_KNOWN: dict[str, tuple[int, str | None]] = {
    "sealed": (503, "Vault is sealed"),
    "not_initialised": (501, "Vault is not initialized"),
    "denied": (403, _DENIED),
    "missing": (404, None),
    "login": (400, "invalid role or secret ID"),
    "standby": (429, "request rate limit exceeded"),
    "precondition": (412, "required index state not present"),
    "cas": (400, "check-and-set parameter did not match the current version"),
    "no_data": (400, "no data provided"),
}
_BY_STATUS = {403: "denied", 404: "missing", 412: "precondition", 429: "standby", 501: "not_initialised", 503: "sealed"}


def error(status: int, *sentences: str) -> Answer:
    """An error answer; Vault says nothing about a path that is not there."""
    return as_json(status, {"errors": list(sentences)})


def by_code(code: str) -> Answer:
    """The answer for one of the names above."""
    status, sentence = _KNOWN.get(code, (400, code))
    return error(status, *([sentence] if sentence else []))


def by_http_status(status: int) -> Answer:
    """A usual body for an HTTP status."""
    known = _BY_STATUS.get(status)
    return by_code(known) if known else error(status, "internal error" if status >= 500 else "bad request")  # noqa: PLR2004 - HTTP's own border


def no_route(path: str) -> Answer:
    """The answer for a mount that is not there, to a token that may look."""
    return error(404, f'no handler for route "{path}". route entry not found.')
