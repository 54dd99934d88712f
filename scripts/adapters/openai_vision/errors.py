"""Whatever the OpenAI SDK raises, as our errors. A completion changes nothing, so trouble on the way is transient.

Two of the SDK's results are no `openai.APIError` at all: an answer cut at the token limit and one blocked by the
content filter; and an answer that is not the form asked for is a `pydantic.ValidationError`.
Sources: OpenAI, "Error codes"; the classes of the SDK, version 3.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx2
import openai
from pydantic import ValidationError

from adapters.openai_vision.wire import PROVIDER, WireReceipt
from kit import errors
from kit.http import retry_after

_SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "access_terminated"})
_KEY = "Create a new API key and set OPENAI_API_KEY."
_FALLBACK = "What the local OCR read stands."
_AGAIN = "It is tried again."
_PERMANENT: dict[int, tuple[type[errors.TerminalError], str, str]] = {
    401: (errors.AuthenticationError, "openai_key", _KEY),
    402: (errors.QuotaExhaustedError, "openai_quota", "Add credit to the OpenAI account."),
    403: (errors.PermissionDeniedError, "openai_permission", "Let the API key's project use this model and region."),
    404: (errors.NotFoundError, "openai_model", "Set OPSFLOWS_OPENAI_MODEL to a model that the server has."),
    409: (errors.ConflictError, "openai_conflict", _FALLBACK),
    413: (errors.InvalidRequestError, "openai_request", "Lower OPSFLOWS_IMAGE_MAX_BYTES."),
}
_NOT_NOW = frozenset({408, 425})


def mapped(error: Exception) -> errors.OpsflowsError:
    """Returns our error for any exception that comes out of a call of the SDK. No answer text goes into it."""
    if isinstance(error, errors.OpsflowsError):
        return error
    if isinstance(error.__cause__, errors.OpsflowsError):  # the guarded transport's word, wrapped by the SDK
        return error.__cause__
    if isinstance(error, openai.APIStatusError):
        return _status_error(error)
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return errors.DeadlineError("The model did not answer in time.", next_action=_AGAIN, provider=PROVIDER)
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
        return _connection_error(error)
    return _unusable(error)


def refusal() -> errors.RefusedInputError:
    """The error for an answer in which the model declines."""
    return _refused("The model declines to read the picture.", "model_refusal")


def no_answer() -> errors.InvalidResponseError:
    """The error for a completion without a message."""
    return _invalid("The model's answer is empty.", "model_empty")


def _status_error(error: openai.APIStatusError) -> errors.OpsflowsError:
    status, code = error.status_code, str(error.code or "")
    context: dict[str, Any] = {
        "provider": PROVIDER,
        "request_id": error.request_id,
        "details": {"status": status, "openai_code": code or None, "openai_type": error.type},
    }
    if code in _SPENT or error.type in _SPENT:
        action = "Add credit to the OpenAI account; until then the next engine reads the pictures."
        return errors.QuotaExhaustedError(
            "The OpenAI account's credit is used up.", code="openai_quota", next_action=action, **context
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS or status in _NOT_NOW or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = errors.RateLimitedError if status == HTTPStatus.TOO_MANY_REQUESTS else errors.UnavailableError
        advice = retry_after(dict(_titled(error.response.headers)))
        return kind(f"The model's server answered {status}.", retry_after=advice, next_action=_AGAIN, **context)
    kind_of, word, action = _PERMANENT.get(status, (errors.InvalidRequestError, "openai_request", _FALLBACK))
    if code == "model_not_found":
        kind_of, word, action = _PERMANENT[404]
    text = f"The model's server refused with {status}" + (f" ({code})." if code else ".")
    return kind_of(text, code=word, next_action=action, **context)


def _connection_error(error: Exception) -> errors.OpsflowsError:
    cause = error if isinstance(error, httpx2.HTTPError) else error.__cause__
    if isinstance(cause, httpx2.ConnectError):
        action = "Check OPENAI_BASE_URL and the network."
        return errors.ConnectError("The model's server cannot be reached.", next_action=action, provider=PROVIDER)
    return errors.UnavailableError("The model's answer broke off.", next_action=_AGAIN, provider=PROVIDER)


def _unusable(error: Exception) -> errors.OpsflowsError:
    """Answers that came and cannot be used, and calls that were never made."""
    if isinstance(error, openai.LengthFinishReasonError):
        return _invalid("The model's answer was cut at the token limit.", "model_truncated")
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return _refused("The model's content filter blocked the answer.", "model_content_filter")
    if isinstance(error, ValidationError):
        return _invalid(f"The model's answer is not the form asked for ({_where(error)}).", "model_schema")
    if isinstance(error, openai.APIError | ValueError | TypeError | LookupError | RecursionError):
        return _invalid(f"The model's server broke its protocol ({type(error).__name__}).", "invalid_response")
    text = f"The OpenAI client cannot be used ({type(error).__name__})."
    return errors.ConfigurationError(text, code="openai_client", next_action=_KEY, provider=PROVIDER)


def _where(error: ValidationError) -> str:
    """The form's fields that are wrong; a name of the model's own invention stays out of messages and logs."""
    names = {str(problem["loc"][0]) if problem["loc"] else "" for problem in error.errors(include_input=False)}
    known = sorted(names & WireReceipt.model_fields.keys())
    other = ["not JSON"] * ("" in names) + ["a field that it lacks"] * bool(
        names - WireReceipt.model_fields.keys() - {""}
    )
    return ", ".join(known + other)


def _invalid(text: str, code: str) -> errors.InvalidResponseError:
    return errors.InvalidResponseError(text, code=code, next_action=_FALLBACK, provider=PROVIDER)


def _refused(text: str, code: str) -> errors.RefusedInputError:
    return errors.RefusedInputError(text, code=code, next_action=_FALLBACK, provider=PROVIDER)


def _titled(headers: httpx2.Headers) -> list[tuple[str, str]]:
    """The two headers that `retry_after` reads, under the names that it asks for; milliseconds count first."""
    milliseconds = headers.get("retry-after-ms", "")
    if milliseconds.replace(".", "", 1).isdigit():
        return [("Retry-After", str(float(milliseconds) / 1000))]
    return [("Retry-After", headers.get("retry-after", "")), ("Date", headers.get("date", ""))]
