"""What a mail server's answers mean.

    before the mail was given        4xx, no connection, silence  → transient: nothing was sent
    its end was given                no answer                    → uncertain: it may be on its way
    at any time                      5xx                          → permanent

Source: RFC 5321, section 4.2; RFC 4954, section 6; RFC 3463 (enhanced codes).
"""

from __future__ import annotations

from typing import Any, Final

from adapters.smtp.message import PROVIDER
from kit import errors, redaction

_NO_CREDENTIAL: Final = frozenset({530, 534, 535, 538})
_PERMANENT: Final = 500
_SHOWN: Final = 300

_SIGN_IN = "Check OPSFLOWS_SMTP_USERNAME and the secret SMTP_PASSWORD; docs/setup/email.md."
_ADDRESS = "The server does not take an address: check OPSFLOWS_ALERTS_EMAIL_TO and OPSFLOWS_ALERTS_EMAIL_FROM."
_LATER = "It is tried again."


def from_code(code: int, said: bytes | str) -> errors.OpsflowsError:
    """The error of an answer that is not the one wanted."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    told = redaction.redact(" ".join(text.split()))[:_SHOWN]
    context: dict[str, Any] = {"provider": PROVIDER, "details": {"smtp_code": code, "said": told}}
    message = f"The mail server answered {code} {told}".rstrip(" .") + "."
    if code in _NO_CREDENTIAL:
        return errors.AuthenticationError(message, code="smtp_sign_in", next_action=_SIGN_IN, **context)
    if code < _PERMANENT:
        return errors.UnavailableError(message, code=f"smtp_{code}", next_action=_LATER, **context)
    if code in (550, 551, 553):
        return errors.NotFoundError(message, code=f"smtp_{code}", next_action=_ADDRESS, **context)
    return errors.InvalidRequestError(
        message, code=f"smtp_{code}", next_action="See the server's text; docs/setup/email.md.", **context
    )


def from_trouble(error: BaseException, *, given: bool, expired: bool, connected: bool) -> errors.OpsflowsError:
    """The error of a conversation that broke off.

    Args:
        error: what smtplib, ssl or the socket raised.
        given: whether the end of the mail was sent.
        expired: whether our deadline ended it.
        connected: whether the server ever answered.
    """
    what = redaction.redact(f"{type(error).__name__}: {error}")[:_SHOWN]
    if given:
        return errors.UncertainError(
            f"The mail server did not say whether it took the mail ({what}).",
            next_action="Look whether it arrived; it is not sent again.",
            provider=PROVIDER,
        )
    if expired or isinstance(error, TimeoutError):
        return errors.DeadlineError(f"The mail server was too slow ({what}).", next_action=_LATER, provider=PROVIDER)
    if connected:
        return errors.UnavailableError(f"The mail server hung up ({what}).", next_action=_LATER, provider=PROVIDER)
    return errors.ConnectError(
        f"The mail server cannot be reached ({what}).",
        next_action="Check OPSFLOWS_SMTP_HOST, _PORT and _SECURITY.",
        provider=PROVIDER,
    )
