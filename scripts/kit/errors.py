"""What can go wrong, as types. The retry loop, the task runner and the flows decide by type alone.

* OpsflowsError
  x TerminalError             permanent: the task ends well, with an outcome that the flow branches on
    + ConfigurationError      a setting, secret, input or migration is missing or wrong
    + AuthenticationError     401: the credential is not accepted
    + PermissionDeniedError   403: the credential is accepted but may not do this
    + NotFoundError           404, 410
    + InvalidRequestError     400, 422 and other 4xx: the provider refuses what we sent
    + ConflictError           409, 412, unique or foreign key violations
    + QuotaExhaustedError     paid quota or plan limit: waiting minutes does not help
    + UnsafeUrlError          the URL leaves the allow-list, or resolves to an address we never call
    + InvalidResponseError    the answer is not what the protocol promises (HTML with 200, truncated JSON, too large)
    + RefusedInputError       what a person or system sent us is refused (image too large, unreadable, …)
  x TransientError            trouble that may pass: retried here a few times, then by Kestra; carries `retry_after`
    + RateLimitedError        429, or our own limiter
    + UnavailableError        5xx, 408, 425, a database that is starting or that lost a serialisation race
    + DeadlineError           no complete answer within the time allowed, and nothing can have been applied
    + ConnectError            no connection: nothing was sent
    + BreakerOpenError        not tried, because the provider failed repeatedly a moment ago
  x UncertainError            sent, but unknown whether it was applied: look it up by our own id, never repeat blindly
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from kit import redaction

if TYPE_CHECKING:
    from collections.abc import Mapping


class OpsflowsError(Exception):
    """Root of every error that leaves the kit or an adapter.

    Args:
        message: what happened, in one sentence, without secrets.
        code: stable snake_case word that flows branch on; the class's `default_code` when absent.
        next_action: what a person should do about it; ends the message.
        provider: who answered (`whatsapp`, `postgres`, …).
        request_id: the provider's id of the request, for its support.
        details: small JSON-able facts; for HTTP errors `status` and `body` (at most 4 kB, redacted).
    """

    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        next_action: str | None = None,
        provider: str | None = None,
        request_id: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the parts; see the class for their meaning."""
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.next_action = next_action
        self.provider = provider
        self.request_id = request_id
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        """Message, next action, provider and request id, in that order; absent parts are left out."""
        origin = [f"{k} {v}" for k, v in (("provider", self.provider), ("request id", self.request_id)) if v]
        text = " ".join(part for part in (self.message, self.next_action) if part)
        return f"{text} ({', '.join(origin)})" if origin else text

    def outcome(self) -> dict[str, Any]:
        """The error as the `outcome` output of a task: code, message, provider, request_id.

        The message is redacted: it may quote a provider, and providers quote what they were sent.
        """
        message = redaction.redact(str(self))
        return {"code": self.code, "message": message, "provider": self.provider, "request_id": self.request_id}


class TerminalError(OpsflowsError):
    """Permanent: repeating the same call cannot help."""

    default_code = "refused"


class ConfigurationError(TerminalError):
    """A setting, secret, task input or migration is missing or wrong."""

    default_code = "configuration"


class AuthenticationError(TerminalError):
    """The provider does not accept the credential (401)."""

    default_code = "authentication"


class PermissionDeniedError(TerminalError):
    """The credential is valid but may not do this (403)."""

    default_code = "permission_denied"


class NotFoundError(TerminalError):
    """The thing asked for does not exist, or no longer (404, 410)."""

    default_code = "not_found"


class InvalidRequestError(TerminalError):
    """The provider refuses what we sent (400, 422, other 4xx)."""

    default_code = "invalid_request"


class ConflictError(TerminalError):
    """It contradicts what is already there (409, 412, violated constraint)."""

    default_code = "conflict"


class QuotaExhaustedError(TerminalError):
    """A paid quota or plan limit is used up; only a person can change that."""

    default_code = "quota_exhausted"


class UnsafeUrlError(TerminalError):
    """The URL is outside the allow-list or resolves to an address that is never called."""

    default_code = "unsafe_url"


class InvalidResponseError(TerminalError):
    """The answer breaks the provider's own protocol: HTML with 200, truncated JSON, too many bytes."""

    default_code = "invalid_response"


class RefusedInputError(TerminalError):
    """Something sent to us is refused; `code` says why (`image_too_large`, …)."""

    default_code = "refused_input"


class TransientError(OpsflowsError):
    """Trouble that may pass.

    Args:
        message: as for every error.
        retry_after: seconds to wait before the next try when the other side said so, else None.
        **context: the keyword arguments of `OpsflowsError`.
    """

    default_code = "transient"

    def __init__(self, message: str, *, retry_after: float | None = None, **context: Any) -> None:
        """Keep the advice beside the parts that every error has."""
        super().__init__(message, **context)
        self.retry_after = retry_after


class RateLimitedError(TransientError):
    """Too many calls: theirs (429) or our own limiter's word."""

    default_code = "rate_limited"


class UnavailableError(TransientError):
    """The other side cannot serve now (5xx, 408, 425, a restarting database)."""

    default_code = "unavailable"


class DeadlineError(TransientError):
    """No complete answer in the time allowed, and repeating is safe."""

    default_code = "deadline"


class ConnectError(TransientError):
    """No connection was made, so nothing was sent."""

    default_code = "connect"


class BreakerOpenError(TransientError):
    """Not tried: the provider's circuit breaker is open."""

    default_code = "breaker_open"


class UncertainError(OpsflowsError):
    """The request was sent and may have been applied: find out by our own id, then decide."""

    default_code = "uncertain"
