"""One HTTP client for every provider: total deadline, bounded retries, allow-list, limiter, breaker, errors of ours.

A call is *repeatable* when sending it twice has the effect of once: GET, HEAD, PUT, DELETE, or whatever the caller
says with `keyed=True`. Trouble with a repeatable call is transient and retried here a few times; trouble with any
other call after bytes were sent is an `UncertainError`, which is never retried here.

No exception of requests, urllib3, http.client, ssl or socket leaves this module; a test enumerates them.
"""

from __future__ import annotations

import email.utils
import json as json_module
import random
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urljoin, urlsplit

import requests
import stamina
import stamina.instrumentation
from urllib3.exceptions import HTTPError as Urllib3Error

from kit import net
from kit.errors import (
    AuthenticationError,
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
    from collections.abc import Callable, Mapping, Sequence

    from stamina.instrumentation import RetryDetails

_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_FOREIGN: Final = (requests.RequestException, Urllib3Error, HTTPException, OSError, ValueError)
_BODY_KEPT: Final = 4096
_CHUNK: Final = 65536
_REDIRECTS: Final = 3
_REQUEST_IDS: Final = ("x-request-id", "request-id", "x-fb-trace-id", "x-fb-request-id", "x-slack-req-id")
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
    """Bounds of one `request()`: attempts, seconds in all, and the time-outs of each attempt in seconds."""

    attempts: int = 4
    total_s: float = 45.0
    connect_s: float = 5.0
    read_s: float = 20.0
    wait_initial_s: float = 0.25
    wait_max_s: float = 8.0


class Limiter(Protocol):
    """What the client asks before each attempt; see `kit.limits.Limiter`."""

    def acquire(self, cost: int = 1, deadline_s: float = 30.0) -> None:
        """Wait for a slot, or raise RateLimitedError when none comes up in time."""


class Breaker(Protocol):
    """Circuit breaker of a provider."""

    def allow(self) -> None:
        """Return when a call may be tried, else raise BreakerOpenError."""

    def record(self, error: OpsflowsError | None) -> None:
        """Take note of an attempt's outcome; None is a success."""


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
        except ValueError:
            kind = self.headers.get("content-type", "no content type")
            raise InvalidResponseError(
                f"The answer is not JSON ({kind}, {len(self.content)} bytes).",
                request_id=self.request_id,
                details={"status": self.status, "body": _excerpt(self)},
            ) from None


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str
    repeatable: bool
    max_bytes: int
    expect_json: bool
    body: Mapping[str, Any] = field(default_factory=dict)


class Client:
    """HTTP client of one provider.

    Args:
        provider: its name, for errors and metrics.
        base_url: where relative paths go; its host is always allowed.
        headers: sent with each request.
        auth: takes and returns a `requests.PreparedRequest`.
        allow_hosts: further hosts that absolute URLs and redirects may name.
        limiter: asked before each attempt.
        breaker: asked before, told after each attempt.
        policy: bounds of time and attempts.
        classify: sees each answer first and may return the error that it means, e.g. from the provider's body.
        clock: monotonic seconds; tests inject their own.
    """

    def __init__(  # noqa: PLR0913 - keyword-only options of one object, each with a default
        self,
        provider: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: Callable[[requests.PreparedRequest], requests.PreparedRequest] | None = None,
        allow_hosts: Sequence[str] = (),
        limiter: Limiter | None = None,
        breaker: Breaker | None = None,
        policy: RetryPolicy | None = None,
        classify: Callable[[Response], OpsflowsError | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare a session; nothing is connected yet."""
        self.provider = provider
        self.base_url = base_url.rstrip("/")
        self.allow_hosts = (urlsplit(self.base_url).netloc, *allow_hosts)
        self.policy = policy or RetryPolicy()
        self._limiter, self._breaker, self._classify, self._clock = limiter, breaker, classify, clock
        self._session = net.guarded_session(self.allow_hosts)
        self._session.headers.update(headers or {})
        self._session.auth = auth

    def request(  # noqa: PLR0913 - the options of an HTTP request, keyword-only
        self,
        method: str,
        path_or_url: str,
        *,
        json: Any = None,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Any = None,
        keyed: bool | None = None,
        max_bytes: int = 10_000_000,
        expect_json: bool = True,
    ) -> Response:
        """Send a request and return its complete 2xx answer.

        Args:
            method: HTTP verb.
            path_or_url: path under `base_url`, or an absolute URL on an allowed host.
            json: body, sent as JSON in UTF-8.
            data: body as bytes, text or form fields.
            params: query parameters.
            headers: in addition to the client's.
            files: multipart parts as requests takes them.
            keyed: True when repeating is safe (the provider knows our key); None decides by the verb.
            max_bytes: largest body that is read.
            expect_json: refuse a 2xx answer that is not JSON.

        Raises:
            TerminalError: refused for good; `details` has `status` and `body`.
            TransientError: still failing after the policy's attempts or seconds.
            UncertainError: sent, not known whether applied.
        """
        body: dict[str, Any] = {"params": params, "data": data, "files": files, "headers": dict(headers or {})}
        if json is not None:
            body["data"] = json_module.dumps(json, ensure_ascii=False, allow_nan=False).encode()
            body["headers"].setdefault("Content-Type", "application/json; charset=utf-8")
        repeatable = method.upper() in _REPEATABLE if keyed is None else keyed
        call = _Call(method.upper(), self._url(path_or_url), repeatable, max_bytes, expect_json, body)
        net.check_url(call.url, self.allow_hosts)
        return self._with_retries(call)

    def _with_retries(self, call: _Call) -> Response:
        ends = self._clock() + self.policy.total_s
        attempts = 0

        def wait(error: Exception) -> float | bool:
            delay = retry_delay(error, attempts, ends - self._clock(), self.policy, random.random())  # noqa: S311 - jitter
            return False if delay is None else delay

        for attempt in stamina.retry_context(on=wait, attempts=self.policy.attempts, timeout=None):
            with attempt:
                attempts += 1
                return self._recorded(call, ends - self._clock())
        raise AssertionError("stamina returns or raises")  # pragma: no cover

    def _recorded(self, call: _Call, remaining_s: float) -> Response:
        """One attempt between the breaker's question and its answer."""
        if self._breaker:
            self._breaker.allow()
        if self._limiter:
            self._limiter.acquire(deadline_s=remaining_s)
        try:
            response = self._attempt(call, remaining_s)
        except OpsflowsError as error:
            if self._breaker:
                self._breaker.record(error)
            raise
        if self._breaker:
            self._breaker.record(None)
        return response

    def _attempt(self, call: _Call, remaining_s: float) -> Response:
        with net.Exchange(remaining_s) as exchange:
            try:
                response = self._exchange(call, remaining_s)
            except _FOREIGN as error:
                raise map_transport_error(
                    error, self.provider, sent=exchange.sent, expired=exchange.expired, repeatable=call.repeatable
                ) from error
        problem = self._problem(call, response)
        if problem:
            problem.provider = problem.provider or self.provider
            problem.request_id = problem.request_id or response.request_id
            raise problem
        return response

    def _problem(self, call: _Call, response: Response) -> OpsflowsError | None:
        """The error that a complete answer means, if any."""
        if self._classify and (error := self._classify(response)):
            return error
        if not HTTPStatus(200) <= response.status < HTTPStatus(300):
            return error_for(response, repeatable=call.repeatable)
        if not call.expect_json or response.status == HTTPStatus.NO_CONTENT:
            return None
        try:
            response.json()
        except InvalidResponseError as error:
            return error if call.repeatable else _uncertain(error)
        return None

    def _exchange(self, call: _Call, remaining_s: float) -> Response:
        """Send, follow redirects of reads within the host, and read the body."""
        url, body = call.url, dict(call.body)
        timeout = (min(self.policy.connect_s, remaining_s), min(self.policy.read_s, remaining_s))
        for _ in range(_REDIRECTS + 1):
            started = time.perf_counter()
            with self._session.request(
                call.method, url, **body, timeout=timeout, stream=True, allow_redirects=False
            ) as raw:
                target = self._session.get_redirect_target(raw)
                if target and call.method in {"GET", "HEAD"}:
                    url, body["params"] = urljoin(url, target), None
                    continue
                content = self._read(raw, call)
                elapsed = time.perf_counter() - started
                return Response(raw.status_code, raw.headers, content, str(raw.url), elapsed, _request_id(raw.headers))
        raise InvalidResponseError(f"More than {_REDIRECTS} redirects.", provider=self.provider)

    def _read(self, raw: requests.Response, call: _Call) -> bytes:
        parts: list[bytes] = []
        size = 0
        while chunk := raw.raw.read1(_CHUNK, decode_content=True):
            parts.append(chunk)
            size += len(chunk)
            if size > call.max_bytes:
                error = InvalidResponseError(
                    f"The answer is larger than {call.max_bytes} bytes.",
                    code="response_too_large",
                    provider=self.provider,
                )
                raise error if call.repeatable or raw.status_code >= HTTPStatus.BAD_REQUEST else _uncertain(error)
        exchange = net.Exchange.current.get()
        if exchange and exchange.expired:
            raise TimeoutError("the deadline passed while the body was read")
        return b"".join(parts)

    def _url(self, path_or_url: str) -> str:
        if "://" in path_or_url[:12] or path_or_url.startswith(("file:", "//")):
            return path_or_url
        return f"{self.base_url}/{path_or_url.lstrip('/')}"


def retry_delay(error: Exception, attempt: int, remaining_s: float, policy: RetryPolicy, jitter: float) -> float | None:
    """Decide whether and when to try again. Pure: the one place where that is decided.

    Args:
        error: what the attempt raised.
        attempt: its number, from 1.
        remaining_s: seconds left of the policy's total.
        policy: the bounds.
        jitter: 0 to 1, spreads the waits by ±25 %.

    Returns:
        Seconds to wait (the server's Retry-After when it gave one), or None: raise the error.
    """
    if not isinstance(error, TransientError) or attempt >= policy.attempts:
        return None
    if error.retry_after is not None:
        delay = error.retry_after
    else:
        delay = min(policy.wait_initial_s * 2 ** (attempt - 1), policy.wait_max_s) * (0.75 + jitter / 2)
    return delay if delay < remaining_s else None


def error_for(response: Response, *, repeatable: bool) -> OpsflowsError:
    """Return the error that a non-2xx status means (the table in docs/kit.md)."""
    status = response.status
    context: dict[str, Any] = {
        "request_id": response.request_id,
        "details": {"status": status, "body": _excerpt(response)},
    }
    message = f"The provider answered {status}."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(message, retry_after=retry_after(response.headers), **context)
    if status in _NOT_PROCESSED or status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if repeatable or status in _NOT_PROCESSED:
            return UnavailableError(message, retry_after=retry_after(response.headers), **context)
        return UncertainError(message, next_action="Look the effect up before repeating it.", **context)
    if status < HTTPStatus.BAD_REQUEST:
        error = InvalidResponseError(f"Unexpected redirect or status {status}.", **context)
        return error if repeatable else _uncertain(error)
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
            next_action="Look the effect up before repeating it.",
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


def _uncertain(error: OpsflowsError) -> UncertainError:
    """The same finding about a write that may have been applied."""
    return UncertainError(
        error.message,
        code=error.code,
        next_action="Look the effect up before repeating it.",
        provider=error.provider,
        request_id=error.request_id,
        details=error.details,
    )


def _request_id(headers: Mapping[str, str]) -> str | None:
    return next((headers[name] for name in _REQUEST_IDS if headers.get(name)), None)


def _excerpt(response: Response) -> str:
    return redact(response.content[: _BODY_KEPT * 2].decode("utf-8", "replace"))[:_BODY_KEPT]


def _log_retry(details: RetryDetails) -> None:
    from kit import logging

    cause = details.caused_by
    code = cause.code if isinstance(cause, OpsflowsError) else type(cause).__name__
    logging.get(__name__).info("http.retry", retry=details.retry_num, wait_s=round(details.wait_for, 3), code=code)


# stamina's own hook would log the exception as it is; ours passes through the redaction.
stamina.instrumentation.set_on_retry_hooks((_log_retry,))

__all__ = [
    "Breaker",
    "Client",
    "Limiter",
    "Response",
    "RetryPolicy",
    "error_for",
    "map_transport_error",
    "retry_after",
    "retry_delay",
]
