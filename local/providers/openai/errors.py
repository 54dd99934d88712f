"""Errors in OpenAI's shape."""

from __future__ import annotations

from local.providers.answers import Answer, as_json

_QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error,"
    " read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
)
_RATE = (
    "Rate limit reached for gpt-6-luna on requests per min (RPM): Limit 500, Used 500, Requested 1."
    " Please try again in 120ms."
)
_SERVER = "The server had an error while processing your request. Sorry about that!"

# code -> (HTTP status, type, message)
_KNOWN: dict[str, tuple[int, str, str]] = {
    "invalid_api_key": (
        401,
        "invalid_request_error",
        "Incorrect API key provided: sk-…. You can find your API key at https://platform.openai.com/account/api-keys.",
    ),
    "insufficient_quota": (429, "insufficient_quota", _QUOTA),
    "rate_limit_exceeded": (
        429,
        "requests",
        _RATE,
    ),
    "model_not_found": (404, "invalid_request_error", "The model does not exist or you do not have access to it."),
    "context_length_exceeded": (400, "invalid_request_error", "Your input exceeds the context window of this model."),
    "server_error": (500, "server_error", _SERVER),
    "unsupported_country_region_territory": (403, "request_forbidden", "Country, region, or territory not supported"),
}
_BY_STATUS = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


def error(
    status: int, message: str, *, kind: str = "invalid_request_error", param: str | None = None, code: str | None = None
) -> Answer:
    """An error answer."""
    return as_json(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})


def by_code(code: str) -> Answer:
    """The answer for one of OpenAI's error codes."""
    status, kind, message = _KNOWN.get(code, (400, "invalid_request_error", code))
    return error(status, message, kind=kind, code=code)


def no_model(name: str) -> Answer:
    """The answer of `GET /models/{name}` for a model that is not there."""
    return error(404, f"The model '{name}' does not exist", param="model", code="model_not_found")


def by_http_status(status: int) -> Answer:
    """A usual body for an HTTP status."""
    if known := _BY_STATUS.get(status):
        return by_code(known)
    kind = "server_error" if status >= 500 else "invalid_request_error"  # noqa: PLR2004 - HTTP's own border
    return error(status, _SERVER if kind == "server_error" else "Bad request.", kind=kind)
