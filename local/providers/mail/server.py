"""The mail server: SMTP on its own port, on the event loop of the routes.

What it refuses is set by the configuration (`mail.answer`, `mail.refused`), since faults are HTTP's.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
from typing import TYPE_CHECKING, Any, Final

from aiosmtpd.smtp import SMTP
from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session

    from local.providers.world import World

PART: Final = "mail"
HOST: Final = "127.0.0.1"
_TAKEN: Final = "250 2.0.0 Ok"


class Mail(BaseModel):
    """One mail as it arrived."""

    at: float
    sender: str
    recipients: list[str]
    subject: str
    message_id: str
    headers: dict[str, str]
    text: str


class MailState(BaseModel):
    """The whole part, the oldest first."""

    mails: list[Mail] = Field(default_factory=list)


class Handler:
    """What aiosmtpd asks for each recipient and each mail; the names are its own."""

    def __init__(self, world: World) -> None:
        """For one sandbox."""
        self.world = world

    async def handle_RCPT(  # noqa: D102, N802 - aiosmtpd's own form
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.world.config.mail.refused:
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return _TAKEN

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: D102, N802
        config = self.world.config.mail
        if config.answer and not config.after_apply:
            return config.answer
        self._keep(envelope)
        return config.answer or _TAKEN

    def _keep(self, envelope: Envelope) -> None:
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        body = message.get_body(("plain",))
        mail = Mail(
            at=self.world.clock.now(),
            sender=str(envelope.mail_from),
            recipients=list(envelope.rcpt_tos),
            subject=str(message["subject"] or ""),
            message_id=str(message["message-id"] or ""),
            headers={name.lower(): str(value) for name, value in message.items()},
            text=body.get_content() if body else "",
        )
        self.world.store.part(PART, MailState).mails.append(mail)
        self.world.store.touch(PART)


async def start(world: World) -> asyncio.Server | None:
    """Listen on the credentials' port; None when somebody else does already, since a sandbox is useful without mail."""
    handler: Any = Handler(world)
    try:
        return await asyncio.get_running_loop().create_server(
            lambda: SMTP(handler, hostname="sandbox.local", enable_SMTPUTF8=True), HOST, world.credentials.smtp_port
        )
    except OSError:
        return None
