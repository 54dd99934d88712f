"""One HTTP client for every provider: total deadline, bounded retries, allow-list, limiter, breaker, errors of ours.

A call is *repeatable* when sending it twice has the effect of once: GET, HEAD, PUT, DELETE, or whatever the caller
says with `keyed=True`. Trouble with a repeatable call is transient and retried here a few times; trouble with any
other call after bytes were sent is an `UncertainError`, which is never retried here.

No exception of requests, urllib3, http.client, ssl or socket leaves this module; a test enumerates them.
"""

from __future__ import annotations

import json as json_module
import random
import re
import time
from contextlib import contextmanager
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
from kit.answers import (
    Response,
    RetryPolicy,
    as_uncertain,
    error_for,
    map_transport_error,
    retry_after,
    retry_delay,
)
from kit.errors import DeadlineError, InvalidResponseError, OpsflowsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stamina.instrumentation import RetryDetails

_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_FOREIGN: Final = (requests.RequestException, Urllib3Error, HTTPException, OSError, ValueError)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][\w+.-]*:|//")
_CHUNK: Final = 65536
_REDIRECTS: Final = 3
# Of the seconds left; who waits longer for a slot has none for the answer, and would blame the provider.
_SHARE_FOR_SLOTS: Final = 0.8
# Seconds below which an attempt is not begun: it could not end well, and would count against the provider.
_LEAST_S: Final = 0.05
_REQUEST_IDS: Final = ("x-request-id", "request-id", "x-fb-trace-id", "x-fb-request-id", "x-slack-req-id")


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
class _Call:
    method: str
    url: str
    repeatable: bool
    max_bytes: int
    expect_json: bool
    limiter: Limiter | None
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
        ca_file: certificates to trust instead of the public ones, for a server with a private authority.
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
        ca_file: str | None = None,
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
        self._session.verify = ca_file or True

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
        limiter: Limiter | None = None,
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
            limiter: asked instead of the client's, for a call of another kind.

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
        call = _Call(method.upper(), self._url(path_or_url), repeatable, max_bytes, expect_json, limiter, body)
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
        if remaining_s < _LEAST_S:
            raise DeadlineError("No time is left for another attempt.", provider=self.provider)
        started = self._clock()
        with guarded(self._breaker, call.limiter or self._limiter, remaining_s):
            # What was spent waiting for a slot is not there for the answer.
            return self._attempt(call, remaining_s - (self._clock() - started))

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
        if error := self._classified(response):
            return error
        if not HTTPStatus(200) <= response.status < HTTPStatus(300):
            return error_for(response, repeatable=call.repeatable)
        if not call.expect_json or response.status == HTTPStatus.NO_CONTENT:
            return None
        try:
            response.json()
        except InvalidResponseError as error:
            return error if call.repeatable else as_uncertain(error)
        return None

    def _classified(self, response: Response) -> OpsflowsError | None:
        """The adapter's opinion; when it looks for JSON where there is none, the status alone decides."""
        if self._classify is None:
            return None
        try:
            return self._classify(response)
        except InvalidResponseError:
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
                raise error if call.repeatable or raw.status_code >= HTTPStatus.BAD_REQUEST else as_uncertain(error)
        exchange = net.Exchange.current.get()
        if exchange and exchange.expired:
            raise TimeoutError("the deadline passed while the body was read")
        return b"".join(parts)

    def _url(self, path_or_url: str) -> str:
        # A colon in the first segment makes it absolute (RFC 3986, 4.2): whatever the scheme, it will be checked.
        if _ABSOLUTE.match(path_or_url):
            return path_or_url
        return f"{self.base_url}/{path_or_url.lstrip('/')}"


@contextmanager
def guarded(breaker: Breaker | None, limiter: Limiter | None, remaining_s: float) -> Iterator[None]:
    """One attempt: the breaker is asked first and told the end, a refusal by our own limiter too."""
    if breaker:
        breaker.allow()
    try:
        if limiter:
            limiter.acquire(deadline_s=remaining_s * _SHARE_FOR_SLOTS)
        yield
    except OpsflowsError as error:
        if breaker:
            breaker.record(error)
        raise
    if breaker:
        breaker.record(None)


def _request_id(headers: Mapping[str, str]) -> str | None:
    return next((headers[name] for name in _REQUEST_IDS if headers.get(name)), None)


def _log_retry(details: RetryDetails) -> None:
    from kit import logging

    cause = details.caused_by
    code = cause.code if isinstance(cause, OpsflowsError) else type(cause).__name__
    logging.get(__name__).info("http.retry", retry=details.retry_num, wait_s=round(details.wait_for, 3), code=code)


def install_retry_log() -> None:
    """Log each retry through the redaction; stamina's own hook would log the exception as it is."""
    stamina.instrumentation.set_on_retry_hooks((_log_retry,))


install_retry_log()

__all__ = [
    "Breaker",
    "Client",
    "Limiter",
    "Response",
    "RetryPolicy",
    "error_for",
    "guarded",
    "install_retry_log",
    "map_transport_error",
    "retry_after",
    "retry_delay",
]
