"""A mail as it goes over the wire. Whatever would make a header of data is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Final

from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PROVIDER: Final = "smtp"
_SPACE: Final = 32
_DELETE: Final = 127
# A server need not take other bytes, and is not asked whether it does (RFC 6152).
_POLICY: Final = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail.

    Attributes:
        sender: its address.
        to: addresses.
        subject: one line.
        text: the body, plain text.
        message_id: ours, without angle brackets, such as `a1b2@opsflows.example`; a repeat has the same.
        at: its Date.
        replies_to: Message-ID of the mail that it belongs to.
        headers: others.
    """

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    message_id: str
    at: datetime
    replies_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_message(self) -> EmailMessage:
        """The message.

        Raises:
            RefusedInputError: a control character in a header, or an address that is none.
        """
        message = EmailMessage(policy=_POLICY)
        message["From"] = address(self.sender)
        message["To"] = [address(one) for one in self.to]
        message["Subject"] = one_line("Subject", self.subject)
        message["Date"] = format_datetime(self.at)
        message["Message-ID"] = f"<{one_line('Message-ID', self.message_id)}>"
        message["Auto-Submitted"] = "auto-generated"  # so that no out-of-office answers it (RFC 3834)
        if self.replies_to:
            for name in ("In-Reply-To", "References"):
                message[name] = f"<{one_line(name, self.replies_to)}>"
        for name, value in self.headers.items():
            message[name] = one_line(name, value)
        message.set_content(self.text)
        return message


def address(text: str) -> Address:
    """An address, checked.

    Raises:
        RefusedInputError: it is none.
    """
    name, spec = parseaddr(one_line("address", text))
    local, at, domain = spec.rpartition("@")
    if not (at and local and domain) or " " in spec:
        raise _refused("An address is none.", "mail_address_invalid")
    try:
        return Address(display_name=name, addr_spec=spec)
    except (ValueError, IndexError) as error:
        raise _refused("An address is none.", "mail_address_invalid") from error


def one_line(name: str, value: str) -> str:
    """The value of a header, which must not begin another one.

    Raises:
        RefusedInputError: it has a control character.
    """
    # Python ends a line at some more characters than mail does, and refuses them with an error of its own.
    breaks = len(value.splitlines()) > 1
    if breaks or any(ord(character) < _SPACE or ord(character) == _DELETE for character in value):
        raise _refused(f"{name} has a control character.", "mail_header_injection")
    return value


def _refused(text: str, code: str) -> RefusedInputError:
    return RefusedInputError(text, code=code, next_action="Correct what the mail is made of.", provider=PROVIDER)
