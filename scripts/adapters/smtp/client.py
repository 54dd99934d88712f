"""Giving a mail to a mail server: one conversation, with a deadline for all of it, and no second try here.

Nothing of a mail can be looked up by SMTP. So what is left in doubt stays in doubt, and whoever sends repeats nothing.
"""

from __future__ import annotations

import smtplib
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from adapters.smtp import errors
from adapters.smtp.message import PROVIDER, Mail, address
from kit import policies, secrets
from kit.errors import ConfigurationError, OpsflowsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from kit.settings import Settings

SECRET: Final = "SMTP_PASSWORD"  # noqa: S105 - a name
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_OK: Final = (250, 251)
_GO_ON: Final = 354


def is_configured(settings: Settings) -> bool:
    """Says whether there is a server, a sender and somebody to write to."""
    return bool(settings.smtp_host and settings.alerts_email_from and settings.alerts_email_to)


def to_alerted(
    settings: Settings, subject: str, text: str, *, mark: str, at: datetime, replies_to: str | None = None
) -> Mail:
    """The mail to everybody who gets alerts.

    Args:
        settings: sender and recipients; `is_configured` says whether they are there.
        subject: one line.
        text: the body.
        mark: our id of the mail; its Message-ID is made of it.
        at: its Date.
        replies_to: Message-ID of the mail that it belongs to.

    Raises:
        RefusedInputError: the sender is no address.
    """
    sender = str(settings.alerts_email_from)
    message_id = f"{mark}@{address(sender).domain}"
    return Mail(sender, settings.alerts_email_to, subject, text, message_id, at, replies_to)


def send(mail: Mail, *, settings: Settings, total_s: float | None = None) -> dict[str, str]:
    """Give a mail to the server.

    Args:
        mail: the mail; its Message-ID is the caller's.
        settings: server and user. The secret SMTP_PASSWORD is read here, when there is a user.
        total_s: seconds for all of it; default: the table's.

    Returns:
        Recipients that the server refused, with its words; at least one was taken.

    Raises:
        RefusedInputError: a header would begin another one.
        ConfigurationError: no server is set, or one elsewhere without TLS.
        TerminalError: refused for good.
        TransientError: not given; nothing was sent.
        UncertainError: given, and never answered.
    """
    message = mail.as_message()
    recipients = [address(one).addr_spec for one in mail.to]
    seconds = total_s or policies.of(PROVIDER).retry.total_s
    server = _server(settings)
    with policies.guarded(PROVIDER, deadline_s=seconds), _Conversation(settings, server, seconds) as conversation:
        return conversation.give(address(mail.sender).addr_spec, recipients, message.as_bytes())


def check(settings: Settings, *, password: str | None = None, total_s: float = 10.0) -> str:
    """Sign in and say goodbye; returns the server's greeting. Nothing is sent.

    Raises:
        OpsflowsError: as `send`.
    """
    with _Conversation(settings, _server(settings), total_s, password=password) as conversation:
        return conversation.open()


def _server(settings: Settings) -> str:
    if not settings.smtp_host:
        raise ConfigurationError(
            "OPSFLOWS_SMTP_HOST is not set.",
            code="smtp_missing",
            next_action="See docs/setup/email.md.",
            provider=PROVIDER,
        )
    if settings.smtp_security == "none" and settings.smtp_host not in _HERE:
        raise ConfigurationError(
            "OPSFLOWS_SMTP_SECURITY is none, which is only for a server on this machine.",
            code="smtp_insecure",
            next_action="Set it to starttls (port 587) or tls (port 465).",
            provider=PROVIDER,
        )
    return settings.smtp_host


@dataclass
class _Conversation:
    """One connection; a timer cuts it off at the deadline, since each read has a time-out of its own only."""

    settings: Settings
    host: str
    seconds: float
    given: bool = False
    smtp: smtplib.SMTP | None = None
    password: str | None = None
    ends: float = field(init=False)
    timer: threading.Timer = field(init=False)

    def __enter__(self) -> Self:
        self.ends = time.monotonic() + self.seconds
        self.timer = threading.Timer(self.seconds, self._expire)
        self.timer.daemon = True
        self.timer.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self.timer.cancel()
        if self.smtp:
            self.smtp.close()
        if error is None or isinstance(error, OpsflowsError):
            return
        if isinstance(error, smtplib.SMTPResponseException):
            raise errors.from_code(error.smtp_code, error.smtp_error) from error
        if isinstance(error, smtplib.SMTPNotSupportedError | smtplib.SMTPHeloError):
            raise errors.from_code(504, str(error)) from error
        if isinstance(error, smtplib.SMTPException | OSError | ValueError):
            connected = bool(self.smtp and self.smtp.sock)
            # By the clock: a read's own time-out may be noticed before the timer, and smtplib takes both for a hang-up.
            expired = time.monotonic() >= self.ends
            raise errors.from_trouble(error, given=self.given, expired=expired, connected=connected) from error

    def open(self) -> str:
        """Connect, secure, sign in."""
        context = ssl.create_default_context()
        port, security = self.settings.smtp_port, self.settings.smtp_security
        us = (self.settings.alerts_email_from or "").rpartition("@")[2].rstrip("> ") or "localhost"
        smtp = (
            smtplib.SMTP_SSL(local_hostname=us, timeout=self.seconds, context=context)
            if security == "tls"
            else smtplib.SMTP(local_hostname=us, timeout=self.seconds)
        )
        # The name on the certificate; smtplib takes it only when it connects by itself, where no deadline cuts it off.
        smtp.__dict__["_host"] = self.host
        self.smtp = smtp
        code, greeting = smtp.connect(self.host, port)
        if code != 220:  # noqa: PLR2004 - SMTP's own number
            raise errors.from_code(code, greeting)
        if security == "starttls":
            smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
        if self.settings.smtp_username:
            smtp.login(self.settings.smtp_username, self.password or secrets.get(SECRET))
        return greeting.decode("utf-8", "replace")

    def give(self, sender: str, recipients: list[str], content: bytes) -> dict[str, str]:
        """The mail itself."""
        self.open()
        smtp = self.smtp
        assert smtp, "it was opened"  # noqa: S101 - for the type checker
        self._wanted(smtp.mail(sender))
        refused = {one: answer for one in recipients if (answer := smtp.rcpt(one))[0] not in _OK}
        if len(refused) == len(recipients):
            # One that may pass is worth another try of all; a server has taken none of them yet.
            raise errors.from_code(*min(refused.values()))
        self._wanted(smtp.docmd("DATA"), _GO_ON)
        self.given = True
        smtp.send(_dotted(content))
        self._answered(smtp.getreply())
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        return _told(refused)

    def _answered(self, answer: tuple[int, bytes]) -> None:
        # An answer leaves no doubt, whatever it says.
        self.given = False
        self._wanted(answer)

    @staticmethod
    def _wanted(answer: tuple[int, bytes], code: int = 250) -> None:
        if answer[0] != code:
            raise errors.from_code(*answer)

    def _expire(self) -> None:
        if self.smtp and self.smtp.sock:
            with suppress(OSError):
                self.smtp.sock.shutdown(2)


def _dotted(content: bytes) -> bytes:
    """A line that begins with a dot gets another one, and a line with a dot alone is the end (RFC 5321, 4.5.2)."""
    lines = content.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"


def _told(refused: Mapping[str, tuple[int, bytes]]) -> dict[str, str]:
    return {one: f"{code} {said.decode('utf-8', 'replace')}"[:200] for one, (code, said) in refused.items()}
