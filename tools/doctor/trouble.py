"""What kind of trouble an error means for a person: an expired certificate is not a name that nobody knows.

`kit.http` needs to know whether to try again, so it calls all of these "no connection"; here the causes are told
apart again. A check's own advice for a kind, or for an error's code, wins over the general one.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from urllib3.exceptions import NameResolutionError
from urllib3.exceptions import SSLError as Urllib3SSLError

from kit import errors
from tools.doctor.model import Finding, State, wrong


class Trouble(StrEnum):
    """The kinds."""

    DNS = "name_unknown"
    TLS = "certificate"
    REFUSED = "no_connection"
    TIMEOUT = "timeout"
    CUT = "cut_off"
    AUTHENTICATION = "credential"
    PERMISSION = "permission"
    MISSING = "not_found"
    LIMITED = "rate_limited"
    QUOTA = "quota"
    DOWN = "unavailable"
    BROKEN = "answer"
    UNSAFE = "address"
    SETTING = "setting"
    REQUEST = "refused"


class Advice(NamedTuple):
    """What a kind of trouble means with one provider.

    `text` may use `{error}` and `{who}`, `action` may use `{action}`: what the error itself advises.
    """

    text: str
    action: str
    docs: str
    state: State = State.WRONG


Advices = Mapping[str, Advice]

_NETWORK = "setup/README.md#network"
GENERAL: Advices = {
    Trouble.DNS: Advice(
        "The name of the server of {who} is unknown here.",
        "Check the address in the settings for typing errors, and that this machine can resolve names (DNS).",
        "setup/README.md#name-unknown",
    ),
    Trouble.TLS: Advice(
        "The certificate of {who} cannot be trusted: {error}.",
        "Set this machine's clock, install its CA certificates, and look for a proxy that opens TLS connections.",
        "setup/README.md#certificate",
    ),
    Trouble.REFUSED: Advice(
        "No connection to {who}.",
        "Check the address and port, that the server runs, and that the firewall lets this machine out.",
        _NETWORK,
    ),
    Trouble.TIMEOUT: Advice(
        "{who} did not answer in time.",
        "Run it again; if it persists, look for a firewall that drops packets, and at the provider's status page.",
        "setup/README.md#time-out",
    ),
    Trouble.CUT: Advice(
        "The connection to {who} broke off in the middle.",
        "Run it again; if it persists, look for a proxy or firewall that ends connections.",
        _NETWORK,
    ),
    Trouble.AUTHENTICATION: Advice(
        "{who} does not accept the credential.", "Set a new one.", "setup/README.md#where-values-go"
    ),
    Trouble.PERMISSION: Advice(
        "{who} knows the credential, but it may not do this.", "Give it the right.", "setup/README.md#where-values-go"
    ),
    Trouble.MISSING: Advice(
        "{who} has no such address (404).",
        "Check the base URL in the settings: path and version belong to it as documented.",
        "setup/README.md#wrong-answer",
    ),
    Trouble.LIMITED: Advice(
        "{who} has had too many calls and asks us to wait.",
        "Wait some minutes and run it again.",
        "setup/README.md#too-many-calls",
        State.ATTENTION,
    ),
    Trouble.QUOTA: Advice("The paid quota at {who} is used up.", "Raise it.", "setup/README.md#too-many-calls"),
    Trouble.DOWN: Advice(
        "{who} has trouble of its own: {error}",
        "Look at the provider's status page and run it again later.",
        "setup/README.md#down",
    ),
    Trouble.BROKEN: Advice(
        "What answers there is not {who}: {error}",
        "Check the base URL in the settings; a proxy or a login page of the network answers in its place otherwise.",
        "setup/README.md#wrong-answer",
    ),
    Trouble.UNSAFE: Advice(
        "The address of {who} is one that the project never calls: {error}",
        "Correct the base URL. For a server of your own, name its host:port in OPSFLOWS_HTTP_ALLOW_PRIVATE.",
        "setup/README.md#private-addresses",
    ),
    Trouble.SETTING: Advice("{error}", "{action}", "setup/README.md#where-values-go"),
    Trouble.REQUEST: Advice(
        "{who} refuses the question: {error}", "Report it as a defect of this project.", "setup/README.md#wrong-answer"
    ),
}
# libpq tells the cause of a failed connection in words only.
_WORDS = {
    "could not translate host name": Trouble.DNS,
    "timeout expired": Trouble.TIMEOUT,
    "certificate": Trouble.TLS,
    "SSL": Trouble.TLS,
}
_KINDS: tuple[tuple[type[errors.OpsflowsError], Trouble], ...] = (
    (errors.AuthenticationError, Trouble.AUTHENTICATION),
    (errors.PermissionDeniedError, Trouble.PERMISSION),
    (errors.NotFoundError, Trouble.MISSING),
    (errors.RateLimitedError, Trouble.LIMITED),
    (errors.QuotaExhaustedError, Trouble.QUOTA),
    (errors.InvalidResponseError, Trouble.BROKEN),
    (errors.UnsafeUrlError, Trouble.UNSAFE),
    (errors.ConfigurationError, Trouble.SETTING),
    (errors.DeadlineError, Trouble.TIMEOUT),
    (errors.UnavailableError, Trouble.DOWN),
)


def kind_of(error: errors.OpsflowsError) -> Trouble:
    """The kind of trouble that an error means."""
    if isinstance(error, errors.ConnectError):
        return _of_connection(error)
    if isinstance(error, errors.UnavailableError) and not error.details:  # no answer, so not the provider's word
        return Trouble.CUT
    if isinstance(error, errors.UncertainError) and error.code == "deadline_uncertain":
        return Trouble.TIMEOUT
    if isinstance(error, errors.UncertainError):  # we only ask questions, so a doubtful end is a broken answer
        return Trouble.DOWN if error.details.get("status") else Trouble.BROKEN
    return next((kind for type_, kind in _KINDS if isinstance(error, type_)), Trouble.REQUEST)


def finding(error: errors.OpsflowsError, who: str, advices: Advices) -> Finding:
    """What to tell a person about an error.

    Args:
        error: what the check raised.
        who: the provider's name for people.
        advices: the check's own advice, by error code or kind of trouble.
    """
    kind = kind_of(error)
    advice = advices.get(error.code) or advices.get(kind) or GENERAL[kind]
    text = advice.text.format(error=_reason(error), who=who)
    action = advice.action.format(action=error.next_action or "Correct it.")
    return Finding(kind, advice.state, text[:1].upper() + text[1:], action, advice.docs)


def unexpected(error: Exception, who: str) -> Finding:
    """What to tell about an exception that no check should let out."""
    name = type(error).__name__
    text = f"The check of {who} itself failed ({name})."
    return wrong("defect", text, "Report it as a defect of this project.", "setup/README.md#wrong-answer")


def _of_connection(error: errors.ConnectError) -> Trouble:
    for cause in _causes(error):
        if isinstance(cause, NameResolutionError | socket.gaierror):
            return Trouble.DNS
        if isinstance(cause, ssl.SSLError | Urllib3SSLError):
            return Trouble.TLS
    text = str(error)
    if found := next((kind for words, kind in _WORDS.items() if words in text), None):
        return found
    return Trouble.TIMEOUT if "timed out" in text else Trouble.REFUSED


def _reason(error: errors.OpsflowsError) -> str:
    """The cause in few words: OpenSSL's own for a certificate, else our error's sentence."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return str(cause.verify_message).rstrip(".")
        if isinstance(cause, ssl.SSLError):
            return re.sub(r"\W+", " ", str(cause.reason or cause.args[-1])).strip().lower()
    return error.message


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it was made from; requests and urllib3 keep causes in several places."""
    waiting, seen = [error], set[int]()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        inner = (found.__cause__, found.__context__, getattr(found, "reason", None), *found.args)
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]
