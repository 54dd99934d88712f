"""What an answer, or the lack of one, means: the tables and pure functions behind `kit.http`."""

from __future__ import annotations

import email.utils
import json as json_module
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from kit.errors import (
    AuthenticationError,
    BreakerOpenError,
    ConflictError,
    ConnectError,
    DeadlineError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    OpsflowsError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    TransientError,
    UnavailableError,
    UncertainError,
)
from kit.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

_BODY_KEPT: Final = 4096
_LOOK_UP: Final = "Look the effect up before repeating it."
_PERMANENT: Final[dict[int, type[OpsflowsError]]] = {
    401: AuthenticationError,
    402: QuotaExhaustedError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: NotFoundError,
    412: ConflictError,
}
# Not processed, by their definition, so repeating is safe for writes too.
_NOT_PROCESSED: Final = {425, 429}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Bounds of one `request()`: attempts, seconds in all, and the time-outs of each attempt in seconds.

    `waits` are a provider's own: seconds, times the number of the attempt, by the error's `details["policy"]` or code.
    """

    attempts: int = 4
    total_s: float = 45.0
    connect_s: float = 5.0
    read_s: float = 20.0
    wait_initial_s: float = 0.25
    wait_max_s: float = 8.0
    waits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer: `headers` case-insensitive, `content` decoded from gzip, `elapsed_s` of the attempt."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    elapsed_s: float = 0.0
    request_id: str | None = None

    @property
    def text(self) -> str:
        """The body as UTF-8 text, undecodable bytes replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the parsed body.

        Raises:
            InvalidResponseError: it is not JSON (HTML, truncated, empty).
        """
        try:
            return json_module.loads(self.content)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "no content type")
            raise InvalidResponseError(
                f"The answer is not JSON ({kind}, {len(self.content)} bytes).",
                request_id=self.request_id,
                details={"status": self.status, "body": excerpt(self)},
            ) from None


def retry_delay(error: Exception, attempt: int, remaining_s: float, policy: RetryPolicy, jitter: float) -> float | None:
    """Decide whether and when to try again. Pure: the one place where that is decided.

    Args:
        error: what the attempt raised.
        attempt: its number, from 1.
        remaining_s: seconds left of the policy's total.
        policy: the bounds.
        jitter: 0 to 1, spreads the waits by ±25 %, those of `policy.waits` by +25 %.

    Returns:
        Seconds to wait (the server's Retry-After when it gave one, else what is known of the provider, else a time
        that doubles), or None: raise the error. An open breaker is never waited for: that is Kestra's task.
    """
    if not isinstance(error, TransientError) or isinstance(error, BreakerOpenError) or attempt >= policy.attempts:
        return None
    delay = error.retry_after if error.retry_after is not None else _own_wait(error, attempt, policy, jitter)
    return delay if delay < remaining_s else None


def _own_wait(error: OpsflowsError, attempt: int, policy: RetryPolicy, jitter: float) -> float:
    for name in (str(error.details.get("policy")), error.code):
        if name in policy.waits:
            # Never shorter: it is the time that the provider is known to need.
            return policy.waits[name] * attempt * (1 + jitter / 4)
    return min(policy.wait_initial_s * 2.0 ** (attempt - 1), policy.wait_max_s) * (0.75 + jitter / 2)


def error_for(response: Response, *, repeatable: bool) -> OpsflowsError:
    """Return the error that a non-2xx status means (the table in docs/kit.md)."""
    status = response.status
    context: dict[str, Any] = {
        "request_id": response.request_id,
        "details": {"status": status, "body": excerpt(response)},
    }
    message = f"The provider answered {status}."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(message, retry_after=retry_after(response.headers), **context)
    if status in _NOT_PROCESSED or status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if repeatable or status in _NOT_PROCESSED:
            return UnavailableError(message, retry_after=retry_after(response.headers), **context)
        return UncertainError(message, next_action=_LOOK_UP, **context)
    if status < HTTPStatus.BAD_REQUEST:
        error = InvalidResponseError(f"Unexpected redirect or status {status}.", **context)
        return error if repeatable else as_uncertain(error)
    return _PERMANENT.get(status, InvalidRequestError)(message, **context)


def map_transport_error(
    error: Exception, provider: str, *, sent: bool, expired: bool, repeatable: bool
) -> OpsflowsError:
    """Return our error for one of requests, urllib3, http.client, ssl or the socket.

    Args:
        error: the foreign exception.
        provider: who was called.
        sent: whether a byte of the request may have left.
        expired: whether our own deadline ended it.
        repeatable: whether sending twice is harmless.
    """
    text = redact(f"{type(error).__name__}: {error}")[:500]
    timed_out = expired or isinstance(error, requests.Timeout | TimeoutError) or "timed out" in text
    if not sent:
        if isinstance(error, ValueError) and not isinstance(error, OSError | Urllib3Error):
            return InvalidRequestError(f"The request cannot be sent: {text}", provider=provider)
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
            return InvalidRequestError(f"The request cannot be sent: {text}", provider=provider)
        return ConnectError(f"No connection: {text}", provider=provider)
    if not repeatable:
        return UncertainError(
            f"Sent, but no complete answer: {text}",
            code="deadline_uncertain" if timed_out else "uncertain",
            next_action=_LOOK_UP,
            provider=provider,
        )
    if timed_out:
        return DeadlineError(f"No complete answer in time: {text}", provider=provider)
    return UnavailableError(f"The answer broke off: {text}", provider=provider)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks for, given as seconds or as a date; None when absent or unreadable.

    A date is read against the server's own `Date`, so that clocks that differ do no harm.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        until = _timestamp(value)
    now = _timestamp(headers.get("Date", "")) or time.time()
    return None if until is None else max(0.0, until - now)


def _timestamp(value: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(value).timestamp()
    except ValueError:
        return None


def as_uncertain(error: OpsflowsError) -> UncertainError:
    """Return the same finding about a write that may have been applied."""
    return UncertainError(
        error.message,
        code=error.code,
        next_action=_LOOK_UP,
        provider=error.provider,
        request_id=error.request_id,
        details=error.details,
    )


def excerpt(response: Response) -> str:
    """Return the start of the body, redacted, for an error's details."""
    return redact(response.content[: _BODY_KEPT * 2].decode("utf-8", "replace"))[:_BODY_KEPT]
