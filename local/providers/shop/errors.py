"""The shop's error bodies."""

from __future__ import annotations

from local.providers.answers import Answer, as_json

_CODES = {"invalid": 400, "unauthorized": 401, "forbidden": 403, "not_found": 404, "busy": 429, "down": 503}


def by_code(code: str, message: str = "") -> Answer:
    """The answer for one of its codes."""
    return as_json(_CODES.get(code, 500), {"error": {"code": code, "message": message or code}})


def by_http_status(status: int) -> Answer:
    """A usual body for an HTTP status."""
    code = next((code for code, known in _CODES.items() if known == status), "internal")
    return as_json(status, {"error": {"code": code, "message": code}})
